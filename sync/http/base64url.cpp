#include "sync/http/base64url.hpp"

#include <openssl/evp.h>

namespace pcmirror {

namespace {

/// The alphabet of plain base64 has other characters in two places.
char to_url(char c) {
    return c == '+' ? '-' : c == '/' ? '_' : c;
}

char from_url(char c) {
    return c == '-' ? '+' : c == '_' ? '/' : c;
}

} // namespace

std::string base64url(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    text.resize(static_cast<std::size_t>(length));
    text.erase(text.find_last_not_of('=') + 1);
    for (char& c : text) {
        c = to_url(c);
    }
    return text;
}

std::optional<std::string> read_base64url(std::string_view text) {
    std::string padded;
    for (const char c : text) {
        padded += from_url(c);
    }
    const std::size_t padding = (4 - padded.size() % 4) % 4;
    padded.append(padding, '=');
    std::string bytes(padded.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(bytes.data()),
        reinterpret_cast<const unsigned char*>(padded.data()),
        static_cast<int>(padded.size())
    );
    if (length < 0 || padding > 2 || text.find_first_of("=+/ \t\r\n") != std::string_view::npos) {
        return std::nullopt;
    }
    bytes.resize(static_cast<std::size_t>(length) - padding);
    return bytes;
}

} // namespace pcmirror
