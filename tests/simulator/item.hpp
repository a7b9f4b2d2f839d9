#pragma once

#include "tests/simulator/moment.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pcmirror::simulator {

/// A set of strings: its order means nothing.
struct Texts {
    std::vector<std::string> members;
    bool operator==(const Texts&) const = default;
};

/// A JSON value in one fixed spelling, without null members, GUIDs in lower case.
struct Json {
    std::string text;
    bool operator==(const Json&) const = default;
};

/// A set of JSON values.
struct Jsons {
    std::vector<std::string> members;
    bool operator==(const Jsons&) const = default;
};

/// What a member means: GUIDs in lower case, enums in snake_case. The first alternative: nothing.
using Value =
    std::variant<std::monostate, std::string, std::int64_t, bool, Moment, Texts, Json, Jsons>;

enum class Kind { text, integer, boolean, moment, enumeration, texts, json, jsons };

enum class Shown {
    always,
    in_detail,          ///< by GET of the item, not in listings
    to_delegated_admin, ///< likewise, and only with delegated access to the customer
};

/// A member of a resource. From the list of these follow the wire form, the truth and `set`.
struct Field {
    std::string_view member = {}; ///< `quantity`, or one level deep: `companyProfile/domain`
    std::string_view column = {}; ///< in the mirror's table; empty: it has none
    Kind kind = Kind::text;
    std::span<const std::string_view> spellings = {}; ///< documented values of an enumeration
    bool empty_is_nothing = false;                    ///< "" is sent beside absent and null
    Shown shown = Shown::always;

    [[nodiscard]] constexpr std::string_view parent() const {
        const std::size_t slash = member.find('/');
        return slash == std::string_view::npos ? std::string_view() : member.substr(0, slash);
    }

    [[nodiscard]] constexpr std::string_view name() const {
        const std::size_t slash = member.find('/');
        return slash == std::string_view::npos ? member : member.substr(slash + 1);
    }
};

/// A member that no documentation mentions.
struct Unknown {
    std::string parent; ///< empty: the record itself
    std::string name;
    std::string json; ///< as in `Json`
    bool operator==(const Unknown&) const = default;
};

struct Item {
    std::vector<Value> values; ///< in the order of the fields
    std::vector<Unknown> unknown;
    bool operator==(const Item&) const = default;
};

/// A member's text; empty: it has none.
inline std::string_view text_of(const Item& item, std::size_t member) {
    const auto* text = std::get_if<std::string>(&item.values[member]);
    return text ? std::string_view(*text) : std::string_view();
}

/// The position of a member in a list of fields; does not compile for a name that is not there.
template <std::size_t size>
consteval std::size_t position(const Field (&fields)[size], std::string_view member) {
    for (std::size_t at = 0; at < size; ++at)
        if (fields[at].member == member)
            return at;
    throw "no such member";
}

} // namespace pcmirror::simulator
