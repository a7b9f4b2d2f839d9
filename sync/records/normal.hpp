#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pcmirror {

/// Lower case if the whole text is a GUID (8-4-4-4-12 hex digits); else as it is.
std::string fold_guid(std::string_view text);

/// Whether the whole text is a GUID.
bool is_guid(std::string_view text);

/// Appends a GUID in lower case.
void append_guid(std::string& text, std::string_view guid);

/// A GUID in lower case, or nothing if the text is none.
std::optional<std::string> read_guid(std::string_view text);

/// `2017-01-25T14:53:12.0934567-08:00` -> `2017-01-25 22:53:12.093456+00`: cut to microseconds,
/// UTC where no zone is given. An empty string stands for the year 1, which means NULL. Nothing:
/// it is no date-time.
std::optional<std::string> read_timestamp(std::string_view text);

/// The day of a date or date-time, as written (`2024-03-06`); as `read_timestamp` for the rest.
std::optional<std::string> read_date(std::string_view text);

/// A documented spelling if the text equals one without case, underscores, dashes and blanks; else
/// snake_case.
std::string read_enumeration(std::string_view text, std::span<const std::string_view> spellings);

/// The text of a JSON number that fits the range, canonical; nothing if it has a fraction or an
/// exponent or is out of range.
std::optional<std::string> read_integer(std::string_view text, int bits);

/// The text of a number as PostgreSQL's numeric keeps it; nothing if it is none or longer than
/// 1,000 digits.
std::optional<std::string> read_numeric(std::string_view text);

} // namespace pcmirror
