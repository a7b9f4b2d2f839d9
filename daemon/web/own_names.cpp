#include "daemon/web/own_names.hpp"

#include "schema/letters.hpp"
#include "sync/http/url.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <unistd.h>

namespace pcmirror::web {
namespace {

std::string machine_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

bool is_port(std::string_view rest) {
    return rest.empty() ||
           (rest.starts_with(':') && rest.find_first_not_of("0123456789", 1) == std::string::npos);
}

/// Without port, brackets and the dot at the end; empty where it is no such thing.
std::string_view name_of(std::string_view host) {
    const bool bracketed = host.starts_with('[');
    const std::size_t end = std::min(host.find(bracketed ? ']' : ':'), host.size());
    const std::string_view rest = host.substr(std::min(end + (bracketed ? 1 : 0), host.size()));
    std::string_view name = host.substr(0, end);
    if (bracketed)
        name.remove_prefix(1);
    else if (name.ends_with('.'))
        name.remove_suffix(1);
    const bool whole = !bracketed || (end < host.size() && http::is_address(name));
    return whole && is_port(rest) ? name : std::string_view();
}

} // namespace

OwnNames::OwnNames(const std::vector<std::string>& more) : names_{"localhost", machine_name()} {
    for (const std::string& name : more)
        names_.emplace_back(name_of(name));
    std::erase_if(names_, [](const std::string& name) { return name.empty(); });
    for (auto name = names_.begin(); name != names_.end();) {
        const bool known = std::any_of(names_.begin(), name, [&](const std::string& earlier) {
            return same_name(earlier, *name);
        });
        name = known || http::is_address(*name) ? names_.erase(name) : name + 1;
    }
}

bool OwnNames::accept(std::string_view host) const {
    const std::string_view name = name_of(host);
    return http::is_address(name) || std::ranges::any_of(names_, [name](const std::string& own) {
               return same_name(own, name);
           });
}

std::string OwnNames::in_words() const {
    std::string words = "an IP address";
    for (const std::string& name : names_)
        words += (&name == &names_.back() ? " or " : ", ") + name;
    return words;
}

} // namespace pcmirror::web
