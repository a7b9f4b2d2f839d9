#include "sync/db/arrays.hpp"

namespace pcmirror {

void ArrayLiteral::separate() {
    if (!items_.empty())
        items_ += ',';
}

ArrayLiteral& ArrayLiteral::add(std::string_view value) {
    separate();
    items_ += '"';
    std::size_t written = 0;
    for (std::size_t at = 0; at < value.size(); ++at)
        if (value[at] == '"' || value[at] == '\\') {
            items_.append(value, written, at - written);
            items_ += '\\';
            written = at;
        }
    items_.append(value, written);
    items_ += '"';
    return *this;
}

ArrayLiteral& ArrayLiteral::add_number(long long value) {
    separate();
    items_ += std::to_string(value);
    return *this;
}

ArrayLiteral& ArrayLiteral::add_null() {
    separate();
    items_ += "NULL";
    return *this;
}

ArrayLiteral& ArrayLiteral::add_or_null(std::string_view value) {
    return value.empty() ? add_null() : add(value);
}

ArrayLiteral& ArrayLiteral::add_flag(bool value) {
    return add(value ? "true" : "false");
}

std::string ArrayLiteral::take() {
    std::string literal = text();
    items_.clear();
    return literal;
}

std::string text_array(const std::vector<std::string>& values) {
    ArrayLiteral array;
    for (const std::string& value : values)
        array.add(value);
    return array.text();
}

} // namespace pcmirror
