#include "schema/catalogue.hpp"

#include "schema/resources/customers.hpp"
#include "schema/resources/subscribed_skus.hpp"
#include "schema/resources/subscriptions.hpp"
#include "schema/resources/user_licenses.hpp"
#include "schema/resources/users.hpp"
#include "schema/well_formed.hpp"

#include <array>
#include <string>
#include <xxhash.h>

namespace pcmirror {
namespace {

constexpr std::array<const Resource*, 5> listed{
    &resources::customers,
    &resources::subscriptions,
    &resources::users,
    &resources::subscribed_skus,
    &resources::user_licenses,
};

static_assert(flaw_in(listed).empty());

void describe(std::string& text, const Column& column) {
    const auto add = [&text](std::string_view part) { text.append(part).push_back('\n'); };
    add(column.name);
    add(to_string(column.type));
    add(column.source.path);
    add(column.source.or_path);
    text.push_back(static_cast<char>('a' + static_cast<int>(column.role)));
    text.push_back(static_cast<char>('a' + static_cast<int>(column.source.kind)));
    text.push_back(column.normal.empty_is_null ? '1' : '0');
    text.push_back(column.normal.sorted ? '1' : '0');
    text.push_back(column.normal.numeric_text ? '1' : '0');
    for (const std::string_view spelling : column.normal.spellings)
        add(spelling);
}

} // namespace

const Catalogue& catalogue() {
    static constexpr Catalogue shipped{listed};
    return shipped;
}

std::uint64_t fingerprint(const Resource& resource) {
    // Raised when the decoder itself begins to store the same description differently.
    std::string text = "1\n";
    for (const Table& table : resource.tables) {
        text.append(table.name).push_back('\n');
        text.append(table.nested_in).push_back('\n');
        for (const Column& column : table.columns)
            describe(text, column);
    }
    for (const Listing& listing : resource.listings)
        text.append(listing.path).append("?").append(listing.query).push_back('\n');
    return XXH3_64bits(text.data(), text.size());
}

std::string_view to_string(Type type) {
    switch (type) {
    case Type::uuid:
        return "uuid";
    case Type::text:
        return "text";
    case Type::integer:
        return "integer";
    case Type::bigint:
        return "bigint";
    case Type::numeric:
        return "numeric";
    case Type::boolean:
        return "boolean";
    case Type::timestamp:
        return "timestamp";
    case Type::date:
        return "date";
    case Type::text_array:
        return "text_array";
    case Type::jsonb:
        return "jsonb";
    }
    return "?";
}

std::string_view sql_name(Type type) {
    switch (type) {
    case Type::timestamp:
        return "timestamptz";
    case Type::text_array:
        return "text[]";
    case Type::uuid:
    case Type::text:
    case Type::integer:
    case Type::bigint:
    case Type::numeric:
    case Type::boolean:
    case Type::date:
    case Type::jsonb:
        return to_string(type);
    }
    return "?";
}

} // namespace pcmirror
