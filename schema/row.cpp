#include "schema/row.hpp"

#include "schema/error.hpp"
#include "schema/hex.hpp"

#include <array>
#include <cstring>
#include <xxhash.h>

namespace pcmirror {
namespace {

// A field is a 32-bit length and its bytes; this length stands for NULL.
constexpr std::uint32_t null_length = 0xFFFFFFFF;

void append_number(std::string& bytes, std::uint64_t number) {
    std::array<char, sizeof number> raw{};
    std::memcpy(raw.data(), &number, sizeof number);
    bytes.append(raw.data(), raw.size());
}

void append_length(std::string& bytes, std::uint32_t length) {
    std::array<char, sizeof length> raw{};
    std::memcpy(raw.data(), &length, sizeof length);
    bytes.append(raw.data(), raw.size());
}

} // namespace

void RowWriter::null() {
    append_length(bytes_, null_length);
}

void RowWriter::value(std::string_view text) {
    append_length(bytes_, static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
}

std::optional<std::string_view> RowReader::next() {
    std::uint32_t length = 0;
    if (rest_.size() < sizeof length)
        throw Error(Recovery::bug, "a row has fewer fields than its table has columns");
    std::memcpy(&length, rest_.data(), sizeof length);
    rest_.remove_prefix(sizeof length);
    if (length == null_length)
        return std::nullopt;
    if (rest_.size() < length)
        throw Error(Recovery::bug, "a row ends inside a field");
    const std::string_view field = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return field;
}

void Digest::add(std::size_t table, std::string_view row_bytes) {
    const XXH128_hash_t hash = XXH3_128bits_withSeed(row_bytes.data(), row_bytes.size(), table);
    low_ += hash.low64;
    high_ += hash.high64 + (low_ < hash.low64 ? 1 : 0);
    ++count_;
}

std::string Digest::bytes() const {
    std::string bytes;
    append_number(bytes, low_);
    append_number(bytes, high_);
    append_number(bytes, count_);
    return bytes;
}

std::string Digest::hex() const {
    return pcmirror::hex(bytes());
}

} // namespace pcmirror
