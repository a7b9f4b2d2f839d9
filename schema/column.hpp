#pragma once

#include <span>
#include <string_view>

namespace pcmirror {

/// The SQL type of a mirrored column; also says which JSON values it takes.
enum class Type {
    uuid,       ///< a GUID as JSON string, any case
    text,       ///< a JSON string; one that is a GUID as a whole is folded to lower case
    integer,    ///< a JSON number without fraction, 32 bits
    bigint,     ///< a JSON number without fraction, 64 bits
    numeric,    ///< a JSON number, every digit kept (never through a double)
    boolean,    ///< true or false
    timestamp,  ///< an ISO 8601 date-time, cut to microseconds, UTC where no zone is given;
                ///< year 1 means NULL, year 9999 stays
    date,       ///< the day of an ISO 8601 date or date-time
    text_array, ///< a JSON array of strings
    jsonb,      ///< any JSON value; GUIDs folded, null members and links left out
};

std::string_view to_string(Type type);

/// The SQL name of the type: `timestamptz`, `text[]`, ...
std::string_view sql_name(Type type);

enum class Role {
    key,      ///< part of the primary key; a record without it is rejected
    optional, ///< absent and null both mean NULL
    kept,     ///< absent may also mean "you may not see it" or "this listing never carries it":
              ///< it never changes a stored value to NULL
};

/// Where a column's value comes from.
struct Source {
    enum class Kind {
        item,  ///< `path` is a JSON pointer in the record
        scope, ///< the customer that the scope belongs to
        outer, ///< the column named `path` of the row around it: the parent of a nested child,
               ///< or the row that the request was made for
    };

    Kind kind = Kind::item;
    std::string_view path = {};
    /// A second JSON pointer, read when the first is absent: the API spells some members two ways.
    std::string_view or_path = {};
};

constexpr Source item(std::string_view path, std::string_view or_path = {}) {
    return {Source::Kind::item, path, or_path};
}

constexpr Source scope_customer() {
    return {Source::Kind::scope, {}, {}};
}

constexpr Source outer(std::string_view column) {
    return {Source::Kind::outer, column, {}};
}

/// How a value is brought to one spelling before it is hashed and stored.
struct Normal {
    /// A documented enum, as the API lists it, in lower snake_case. Compared without case and
    /// underscores; what is not listed is turned into snake_case as it stands. Empty: no enum.
    std::span<const std::string_view> spellings = {};
    bool empty_is_null = false; ///< "" is used beside absent for "nothing"
    bool sorted = false;        ///< an array (text_array, jsonb) whose order means nothing
    bool numeric_text = false;  ///< a number that the API also sends as string
};

constexpr Normal enumeration(std::span<const std::string_view> spellings) {
    return {.spellings = spellings};
}

inline constexpr Normal empty_is_null{.empty_is_null = true};
inline constexpr Normal sorted{.sorted = true};
inline constexpr Normal numeric_text{.numeric_text = true};

/// One column of a mirrored table. Descriptions are read in this order.
struct Column {
    Role role = Role::optional;
    std::string_view name = {};
    Type type = Type::text;
    Source source = {};
    std::string_view comment = {}; ///< becomes the COMMENT in the database
    Normal normal = {};
};

} // namespace pcmirror
