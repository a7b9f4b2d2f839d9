#include "tests/simulator/set_value.hpp"

#include "tests/simulator/guid.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

using Wish = nlohmann::json;

// What the world holds: no null members, GUIDs in lower case.
Wish settled(const Wish& value) {
    if (value.is_string() && is_guid(value.get<std::string>()))
        return lower_case(value.get<std::string>());
    if (!value.is_structured())
        return value;
    Wish result = value.is_array() ? Wish::array() : Wish::object();
    for (const auto& [name, member] : value.items()) {
        if (value.is_array())
            result.push_back(settled(member));
        else if (!member.is_null())
            result[name] = settled(member);
    }
    return result;
}

std::string squashed(std::string_view text) {
    std::string result = lower_case(text);
    std::erase(result, '_');
    return result;
}

Value meant(const Field& field, const Wish& value) {
    switch (field.kind) {
    case Kind::text: {
        const std::string text = settled(value).get<std::string>();
        return text.empty() && field.empty_is_nothing ? Value() : Value(text);
    }
    case Kind::integer:
        return value.get<std::int64_t>();
    case Kind::boolean:
        return value.get<bool>();
    case Kind::moment:
        if (const auto moment = read_moment(value.get<std::string>()))
            return *moment;
        throw std::invalid_argument(fmt::format("{}: no date-time with Z", field.member));
    case Kind::enumeration: {
        const std::string text = value.get<std::string>();
        return std::string(find_spelling(field.spellings, text).value_or(text));
    }
    case Kind::texts:
        return Texts{settled(value).get<std::vector<std::string>>()};
    case Kind::json:
        return Json{settled(value).dump()};
    case Kind::jsons: {
        Jsons jsons;
        for (const Wish& member : value)
            jsons.members.push_back(settled(member).dump());
        return jsons;
    }
    }
    return {};
}

} // namespace

std::optional<std::string_view>
find_spelling(std::span<const std::string_view> spellings, std::string_view text) {
    for (const std::string_view spelling : spellings)
        if (squashed(spelling) == squashed(text))
            return spelling;
    return {};
}

void set_member(
    Item& item,
    std::span<const Field> fields,
    const std::string& member,
    const nlohmann::json& value
) {
    for (std::size_t at = 0; at < fields.size(); ++at)
        if (fields[at].member == member) {
            item.values[at] = value.is_null() ? Value() : meant(fields[at], value);
            return;
        }
    const std::size_t slash = member.find('/');
    const std::string parent = slash == std::string::npos ? "" : member.substr(0, slash);
    const std::string name = slash == std::string::npos ? member : member.substr(slash + 1);
    std::erase_if(item.unknown, [&](const Unknown& each) {
        return each.parent == parent && each.name == name;
    });
    if (!value.is_null())
        item.unknown.push_back({parent, name, settled(value).dump()});
}

} // namespace pcmirror::simulator
