#include "daemon/command.hpp"

#include "config/log.hpp"
#include "config/read.hpp"
#include "schema/catalogue.hpp"

namespace pcmirror {

void Arguments::add(std::string_view name, std::string value) {
    given_[std::string(name)].push_back(std::move(value));
}

bool Arguments::has(std::string_view name) const {
    return given_.contains(name);
}

std::optional<std::string> Arguments::value(std::string_view name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? std::nullopt : std::optional(found->second.back());
}

std::vector<std::string> Arguments::values(std::string_view name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? std::vector<std::string>() : found->second;
}

Settings settings_of(const Invocation& invocation) {
    Settings settings = read_settings(invocation.config, catalogue());
    set_up_log(settings.log);
    return settings;
}

Error usage_error(const Command& command, const std::string& message, std::string hint) {
    if (hint.empty())
        hint = "see: pcmirror " + std::string(command.name) + " --help";
    return {Recovery::fix_config, message, std::move(hint)};
}

std::optional<Milliseconds> duration_of(const Invocation& invocation, std::string_view option) {
    const std::optional<std::string> text = invocation.arguments.value(option);
    if (!text)
        return std::nullopt;
    const std::optional<Milliseconds> duration = read_duration(*text);
    if (!duration)
        throw usage_error(
            *invocation.command,
            std::string(option) + ": \"" + *text +
                "\" is no duration (a number with d, h, m, s or ms: 90s, 15m, 6h, 1h30m)"
        );
    return duration;
}

} // namespace pcmirror
