#include "schema/error.hpp"

#include <utility>

namespace pcmirror {

std::string_view to_string(Recovery recovery) {
    switch (recovery) {
    case Recovery::retry_later:
        return "retry_later";
    case Recovery::skip_scope:
        return "skip_scope";
    case Recovery::fix_config:
        return "fix_config";
    case Recovery::fix_database:
        return "fix_database";
    case Recovery::fix_api:
        return "fix_api";
    case Recovery::bug:
        return "bug";
    }
    return "?";
}

ExitCode exit_code(Recovery recovery) {
    switch (recovery) {
    case Recovery::fix_config:
        return ExitCode::usage;
    case Recovery::fix_database:
        return ExitCode::database;
    case Recovery::fix_api:
        return ExitCode::api;
    case Recovery::retry_later:
    case Recovery::skip_scope:
    case Recovery::bug:
        return ExitCode::partial;
    }
    return ExitCode::partial;
}

Error::Error(Recovery recovery, const std::string& message, std::string hint, SourcePlace where)
    : std::runtime_error(message), recovery_(recovery), hint_(std::move(hint)), where_(where) {}

Error Error::in_context(std::string_view context) const {
    return {recovery_, std::string(context) + ": " + what(), hint_, where_};
}

} // namespace pcmirror
