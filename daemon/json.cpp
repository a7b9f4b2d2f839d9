#include "daemon/json.hpp"

#include <fmt/format.h>

namespace pcmirror {
namespace {

void append_escaped(std::string& json, char letter) {
    if (letter == '"' || letter == '\\')
        (json += '\\') += letter;
    else if (letter == '\n')
        json += "\\n";
    else if (letter == '\t')
        json += "\\t";
    else if (static_cast<unsigned char>(letter) < 0x20)
        json += fmt::format("\\u{:04x}", static_cast<unsigned>(letter));
    else
        json += letter;
}

} // namespace

void JsonWriter::separate() {
    if (wants_comma_)
        json_ += ", ";
    wants_comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
    separate();
    json_ += '{';
    wants_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::end_object() {
    json_ += '}';
    wants_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::begin_array() {
    separate();
    json_ += '[';
    wants_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::end_array() {
    json_ += ']';
    wants_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    text(name);
    json_ += ": ";
    wants_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
    separate();
    json_ += '"';
    for (const char letter : value)
        append_escaped(json_, letter);
    json_ += '"';
    return *this;
}

JsonWriter& JsonWriter::optional_text(const std::optional<std::string>& value) {
    return value ? text(*value) : null();
}

JsonWriter& JsonWriter::boolean(bool value) {
    return raw(value ? "true" : "false");
}

JsonWriter& JsonWriter::null() {
    return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    json_ += json;
    return *this;
}

JsonWriter& JsonWriter::decimal(double value) {
    std::string digits = fmt::format("{:.3f}", value);
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.ends_with('.'))
        digits.pop_back();
    return raw(digits);
}

std::string with_member(std::string_view object, std::string_view name, bool value) {
    JsonWriter json;
    json.begin_object().key(name).boolean(value);
    std::string text = json.document();
    text.pop_back();
    return text + (object == "{}" ? "" : ",") + std::string(object.substr(1)) + '\n';
}

} // namespace pcmirror
