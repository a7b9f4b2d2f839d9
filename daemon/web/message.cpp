#include "daemon/web/message.hpp"

#include "daemon/web/percent.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

std::optional<std::string> decode_part(std::string_view part) {
    std::string spaced(part);
    std::ranges::replace(spaced, '+', ' ');
    std::optional<std::string> decoded = web::percent_decoded(spaced);
    const bool usable = decoded && decoded->find('\0') == std::string::npos;
    return usable ? decoded : std::nullopt;
}

} // namespace

std::optional<std::string_view> find_field(const WebFields& fields, std::string_view name) {
    const auto found =
        std::ranges::find_if(fields, [name](const auto& field) { return field.first == name; });
    return found == fields.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::optional<std::string_view> WebRequest::parameter(std::string_view name) const {
    return find_field(query, name);
}

std::optional<WebFields> decode_form(std::string_view text) {
    WebFields fields;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty())
            continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto name = decode_part(pair.substr(0, equals));
        auto value = decode_part(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value)
            return std::nullopt;
        fields.emplace_back(std::move(*name), std::move(*value));
    }
    return fields;
}

} // namespace pcmirror
