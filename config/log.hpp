#pragma once

#include "config/settings.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace pcmirror {

/// Severities: error = someone must act; warn = degraded and retrying, once per change of state;
/// info = starts, stops, one line per run; debug = pages and requests; trace = SQL text.
enum class Level { trace, debug, info, warn, error };

/// Field names, declared once so that no two lines call one thing by two names.
namespace field {
inline constexpr std::string_view run = "run";
inline constexpr std::string_view resource = "resource";
inline constexpr std::string_view customer = "customer";
inline constexpr std::string_view scope = "scope";
inline constexpr std::string_view page = "page";
inline constexpr std::string_view attempt = "attempt";
inline constexpr std::string_view request_id = "request_id";
inline constexpr std::string_view correlation_id = "correlation_id";
inline constexpr std::string_view status = "status";
inline constexpr std::string_view code = "code";
inline constexpr std::string_view ms = "ms";
inline constexpr std::string_view error = "error";
inline constexpr std::string_view hint = "hint";
inline constexpr std::string_view path = "path";
inline constexpr std::string_view seen = "seen";
inline constexpr std::string_view inserted = "inserted";
inline constexpr std::string_view updated = "updated";
inline constexpr std::string_view deleted = "deleted";
inline constexpr std::string_view held = "held";
inline constexpr std::string_view rejected = "rejected";
inline constexpr std::string_view refused = "refused";
inline constexpr std::string_view failed = "failed";
inline constexpr std::string_view requests = "requests";
inline constexpr std::string_view daemon = "daemon";
inline constexpr std::string_view version = "version";
inline constexpr std::string_view outcome = "outcome";
inline constexpr std::string_view after = "after";
} // namespace field

/// A `key=value` of an event. Numbers are kept as text, and are numbers again in JSON.
struct Field {
    std::string_view name;
    std::string value;
    bool is_number = false;
    Field(std::string_view name, std::string value);
    Field(std::string_view name, std::string_view value);
    Field(std::string_view name, const char* value);
    Field(std::string_view name, long long value);
    Field(std::string_view name, long value);
    Field(std::string_view name, int value);
    Field(std::string_view name, unsigned long value);
    Field(std::string_view name, unsigned int value);
};

/// Sends logs to stderr in the wanted form. Call once; before that, warnings and errors go to
/// stderr as text. Thread-safe, as is `event`.
void set_up_log(const LogSettings& settings);

/// One line: time, level, the event's stable name (`poll.finished`), then the fields. In text,
/// values with blanks or quotes are quoted, control characters escaped; in JSON each field is a
/// member. No event carries tokens, secrets or bodies; at info and above none carries a mail
/// address, whoever's words it repeats.
void event(Level level, std::string_view name, std::initializer_list<Field> fields);

/// Whether events of this level are written at all.
bool logs(Level level);

/// Called around each line while a progress bar is on the terminal, so that the two don't mix.
void set_log_interleave(void (*before)(), void (*after)());

} // namespace pcmirror
