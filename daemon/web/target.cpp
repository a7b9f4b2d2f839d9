#include "daemon/web/target.hpp"

#include "daemon/web/percent.hpp"
#include "schema/letters.hpp"

#include <algorithm>

namespace pcmirror::web {
namespace {

constexpr std::string_view scheme = "http://";

/// Takes scheme and authority off the front where they are there.
std::string take_authority(std::string_view& text) {
    if (!same_name(text.substr(0, scheme.size()), scheme))
        return {};
    text.remove_prefix(scheme.size());
    std::string authority(text.substr(0, text.find_first_of("/?#")));
    text.remove_prefix(authority.size());
    return authority;
}

} // namespace

std::optional<Target> read_target(std::string_view text) {
    Target target;
    target.authority = take_authority(text);
    const bool absolute = !target.authority.empty();
    // Browsers keep fragments to themselves.
    text = text.substr(0, text.find('#'));
    const std::size_t question = std::min(text.find('?'), text.size());
    const std::string_view written = text.substr(0, question);
    auto path = percent_decoded(written.empty() && absolute ? "/" : written);
    auto query = decode_form(text.substr(std::min(question + 1, text.size())));
    if (!path || !path->starts_with('/') || std::ranges::any_of(*path, is_control) || !query)
        return std::nullopt;
    target.path = std::move(*path);
    target.query = std::move(*query);
    return target;
}

} // namespace pcmirror::web
