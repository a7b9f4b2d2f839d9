#include "daemon/health.hpp"

#include "config/log.hpp"

namespace pcmirror {
namespace {

std::string_view event_of(Recovery recovery) {
    switch (recovery) {
    case Recovery::fix_api:
        return "api.unavailable";
    case Recovery::fix_database:
        return "database.unavailable";
    case Recovery::retry_later:
    case Recovery::skip_scope:
    case Recovery::fix_config:
    case Recovery::bug:
        return "pass.failed";
    }
    return "pass.failed";
}

} // namespace

void Health::failed(const Error& error) {
    // Another reason is another state; what differs by ids and times is not worth telling twice.
    const std::string_view name = event_of(error.recovery());
    const bool known = trouble_.starts_with(name);
    trouble_ = std::string(name) + ": " + error.what();
    const bool person = error.recovery() == Recovery::fix_api;
    const Level level = known ? Level::debug : person ? Level::error : Level::warn;
    event(level, name, {{field::error, error.what()}, {field::hint, error.hint()}});
}

void Health::recovered() {
    if (!trouble_.empty())
        event(Level::info, "daemon.recovered", {{"was", trouble_}});
    trouble_.clear();
}

} // namespace pcmirror
