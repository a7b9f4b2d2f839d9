#pragma once

#include "config/log.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace pcmirror {

/// One event on its way to the log.
struct LogLine {
    std::chrono::system_clock::time_point at;
    Level level = Level::info;
    std::string_view name;
    std::span<const Field> fields;
};

std::string_view to_string(Level level);

/// `2024-05-06T07:08:09.012Z info poll.finished run=5 error="not found"`
std::string text_line(const LogLine& line);

/// `{"time":"2024-05-06T07:08:09.012Z","level":"info","event":"poll.finished","run":5}`
std::string json_line(const LogLine& line);

/// The prefix by which journald learns how severe a line is: `<6>`.
std::string_view journal_prefix(Level level);

/// Whether stderr is the stream that $JOURNAL_STREAM (`device:inode`) names. A shell inside a
/// service inherits the variable, too, while its stderr is a terminal.
bool is_journal_stream(const char* journal_stream, int descriptor);

} // namespace pcmirror
