#include "sync/http/gunzip.hpp"

#include <array>
#include <new>
#include <zlib.h>

namespace pcmirror::http {

namespace {

// 15 bits of window as in every gzip file; 16 more make zlib expect the gzip header and check sums.
constexpr int gzip_window_bits = 15 + 16;
constexpr std::size_t piece_size = 32 << 10;

} // namespace

void Gunzip::Close::operator()(z_stream_s* stream) const {
    inflateEnd(stream);
    delete stream;
}

Gunzip::Gunzip(std::size_t limit) : stream_(new z_stream{}), limit_(limit) {
    if (inflateInit2(stream_.get(), gzip_window_bits) != Z_OK) {
        throw std::bad_alloc();
    }
}

Gunzip::Outcome Gunzip::feed(std::string_view input, std::string& output) {
    // zlib takes a pointer to non-const and leaves the bytes alone; pieces are far below 4 GiB.
    stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_->avail_in = static_cast<uInt>(input.size());
    std::array<char, piece_size> piece{};
    bool output_full = false;
    while (stream_->avail_in > 0 || output_full) {
        if (complete_ && stream_->avail_in > 0) {
            inflateReset(stream_.get());
            complete_ = false;
        }
        stream_->next_out = reinterpret_cast<Bytef*>(piece.data());
        stream_->avail_out = static_cast<uInt>(piece.size());
        const int result = inflate(stream_.get(), Z_NO_FLUSH);
        const std::size_t produced = piece.size() - stream_->avail_out;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            return Outcome::broken;
        }
        if (produced > limit_ - output.size()) {
            return Outcome::too_large;
        }
        output.append(piece.data(), produced);
        complete_ = result == Z_STREAM_END;
        output_full = !complete_ && stream_->avail_out == 0;
    }
    return Outcome::ok;
}

} // namespace pcmirror::http
