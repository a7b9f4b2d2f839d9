#include "config/log_line.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace pcmirror {

namespace {

std::string timestamp(std::chrono::system_clock::time_point at) {
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(at);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
    return fmt::format(
        "{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
        fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
        (milliseconds - seconds).count()
    );
}

bool is_control(char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
}

bool needs_quotes(std::string_view value) {
    return value.empty() || std::any_of(value.begin(), value.end(), [](char letter) {
               return letter == ' ' || letter == '"' || letter == '=' || letter == '\\' ||
                      is_control(letter);
           });
}

void append_quoted(std::string& line, std::string_view value) {
    line += '"';
    for (const char letter : value) {
        if (letter == '"' || letter == '\\')
            (line += '\\') += letter;
        else if (letter == '\n')
            line += "\\n";
        else if (letter == '\t')
            line += "\\t";
        else if (is_control(letter))
            line += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
        else
            line += letter;
    }
    line += '"';
}

nlohmann::ordered_json member(const Field& field) {
    if (!field.is_number)
        return field.value;
    return nlohmann::ordered_json::parse(field.value);
}

} // namespace

std::string_view to_string(Level level) {
    switch (level) {
    case Level::trace:
        return "trace";
    case Level::debug:
        return "debug";
    case Level::info:
        return "info";
    case Level::warn:
        return "warn";
    case Level::error:
        return "error";
    }
    return "?";
}

std::string text_line(const LogLine& line) {
    std::string text =
        fmt::format("{} {} {}", timestamp(line.at), to_string(line.level), line.name);
    for (const Field& field : line.fields) {
        text += fmt::format(" {}=", field.name);
        if (needs_quotes(field.value))
            append_quoted(text, field.value);
        else
            text += field.value;
    }
    return text;
}

std::string json_line(const LogLine& line) {
    nlohmann::ordered_json json = {
        {"time", timestamp(line.at)}, {"level", to_string(line.level)}, {"event", line.name}};
    for (const Field& field : line.fields)
        json[std::string(field.name)] = member(field);
    // Texts of the API need not be UTF-8, and a log line must never throw.
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string_view journal_prefix(Level level) {
    switch (level) {
    case Level::trace:
    case Level::debug:
        return "<7>";
    case Level::info:
        return "<6>";
    case Level::warn:
        return "<4>";
    case Level::error:
        return "<3>";
    }
    return "<5>";
}

bool is_journal_stream(const char* journal_stream, int descriptor) {
    struct stat status = {};
    if (journal_stream == nullptr || ::fstat(descriptor, &status) != 0)
        return false;
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == journal_stream;
}

} // namespace pcmirror
