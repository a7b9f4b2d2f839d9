#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pcmirror {

/// The three forms of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`,
/// `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`. The day's name is not checked; a
/// year of two digits is the one nearest to `now` that is at most 50 years ahead. Pure.
std::optional<std::chrono::system_clock::time_point>
read_http_date(std::string_view text, std::chrono::system_clock::time_point now);

} // namespace pcmirror
