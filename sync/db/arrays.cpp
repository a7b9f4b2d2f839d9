#include "sync/db/arrays.hpp"

namespace pcmirror {

void ArrayLiteral::separate() {
    if (!items_.empty())
        items_ += ',';
}

ArrayLiteral& ArrayLiteral::add(std::string_view value) {
    separate();
    items_ += '"';
    for (const char letter : value) {
        if (letter == '"' || letter == '\\')
            items_ += '\\';
        items_ += letter;
    }
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
