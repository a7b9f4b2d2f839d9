#include "tests/simulator/wire.hpp"

#include <mutex>
#include <stdexcept>
#include <zlib.h>

namespace pcmirror::simulator {

namespace {

constexpr int gzip_window = 15 + 16;
// Small tables: setting them up would cost more than packing a short answer.
constexpr int memory_level = 6;

class Deflater {
  public:
    explicit Deflater(int level) {
        if (deflateInit2(
                &stream_, level, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY
            ) != Z_OK)
            throw std::runtime_error("zlib can't be initialised");
    }

    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    ~Deflater() { deflateEnd(&stream_); }

    void start() { deflateReset(&stream_); }

    void add(std::string_view bytes, int flush, std::string& out) {
        // zlib's interface predates const; it does not write through this pointer.
        stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        // What earlier calls left inside comes out, too: there is no telling how much.
        do {
            const std::size_t room = bytes.size() / 4 + 4096;
            const std::size_t before = out.size();
            out.resize(before + room);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
            stream_.avail_out = static_cast<uInt>(room);
            deflate(&stream_, flush);
            out.resize(before + room - stream_.avail_out);
        } while (stream_.avail_out == 0);
    }

  private:
    z_stream stream_{};
};

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int digit_of(char c) {
    if (c == '-')
        c = '+';
    if (c == '_')
        c = '/';
    const std::size_t at = alphabet.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

} // namespace

std::string gzipped(std::string_view body) {
    static thread_local Deflater deflater(Z_BEST_SPEED);
    std::string out;
    deflater.start();
    deflater.add(body, Z_FINISH, out);
    return out;
}

std::string gzip_bomb(std::size_t megabytes) {
    static std::mutex mutex;
    static std::size_t packed_megabytes = 0;
    static std::string packed;
    const std::lock_guard lock(mutex);
    if (packed_megabytes != megabytes) {
        const std::string blanks(1 << 20, ' ');
        Deflater deflater(Z_DEFAULT_COMPRESSION);
        packed.clear();
        deflater.add(R"({"totalCount":1,"items":[)", Z_NO_FLUSH, packed);
        for (std::size_t done = 0; done < megabytes; ++done)
            deflater.add(blanks, Z_NO_FLUSH, packed);
        deflater.add("]}", Z_FINISH, packed);
        packed_megabytes = megabytes;
    }
    return packed;
}

std::string base64(std::string_view bytes) {
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = (group << 8U) |
                    (at + k < bytes.size() ? static_cast<unsigned char>(bytes[at + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text += at + k > bytes.size() ? '=' : alphabet[(group >> (18U - 6U * k)) & 63U];
    }
    return text;
}

std::string base64url(std::string_view bytes) {
    std::string text = base64(bytes);
    text.resize(text.find_last_not_of('=') + 1);
    for (char& c : text)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

std::optional<std::string> read_base64(std::string_view text) {
    while (text.ends_with('='))
        text.remove_suffix(1);
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned have = 0;
    for (const char c : text) {
        const int digit = digit_of(c);
        if (digit < 0)
            return {};
        bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
        have += 6;
        if (have >= 8) {
            have -= 8;
            bytes += static_cast<char>((bits >> have) & 0xffU);
        }
    }
    return bytes;
}

} // namespace pcmirror::simulator
