#include "daemon/web/gzip.hpp"

#include "schema/letters.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <zlib.h>

namespace pcmirror::web {
namespace {

// 15 bits of window as in every gzip file; 16 more make zlib write the gzip header and check sums.
constexpr int gzip_window_bits = 15 + 16;
constexpr int usual_memory = 8;

std::string_view trimmed(std::string_view text) {
    const std::size_t first = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(first);
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// `;q=0`, in any of its spellings, says no.
bool is_refused(std::string_view parameters) {
    const std::size_t equals = parameters.find('=');
    return equals != std::string_view::npos &&
           trimmed(parameters.substr(equals + 1)).find_first_not_of("0.") == std::string_view::npos;
}

} // namespace

bool takes_gzip(std::string_view accept_encoding) {
    bool any = false;
    while (!accept_encoding.empty()) {
        const std::string_view entry = accept_encoding.substr(0, accept_encoding.find(','));
        accept_encoding.remove_prefix(std::min(accept_encoding.size(), entry.size() + 1));
        const std::size_t semicolon = std::min(entry.find(';'), entry.size());
        const std::string_view coding = trimmed(entry.substr(0, semicolon));
        const bool taken = !is_refused(entry.substr(semicolon));
        // What names gzip itself counts more than what names everything.
        if (same_name(coding, "gzip") || same_name(coding, "x-gzip"))
            return taken;
        any = any || (coding == "*" && taken);
    }
    return any;
}

std::string gzipped(std::string_view text) {
    z_stream stream{};
    if (deflateInit2(
            &stream,
            Z_DEFAULT_COMPRESSION,
            Z_DEFLATED,
            gzip_window_bits,
            usual_memory,
            Z_DEFAULT_STRATEGY
        ) != Z_OK)
        throw std::bad_alloc();
    std::string packed(deflateBound(&stream, text.size()), '\0');
    // zlib takes a pointer to non-const and leaves the bytes alone.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int result = deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END)
        throw std::runtime_error("compressing an answer failed");
    return packed;
}

} // namespace pcmirror::web
