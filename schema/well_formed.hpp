#pragma once

#include "schema/catalogue.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace pcmirror {
namespace well_formed {

constexpr bool is_identifier(std::string_view name) {
    const auto fits = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
               letter == '_';
    };
    return !name.empty() && name.size() < 60 && name[0] >= 'a' && name[0] <= 'z' &&
           std::ranges::all_of(name, fits);
}

constexpr bool is_pointer(std::string_view path) {
    return path.size() > 1 && path.front() == '/' && path.back() != '/';
}

constexpr const Column* column_named(const Table& table, std::string_view name) {
    for (const Column& column : table.columns)
        if (column.name == name)
            return &column;
    return nullptr;
}

constexpr std::string_view flaw_in_normal(const Column& column) {
    const Normal& normal = column.normal;
    if (!normal.spellings.empty() && column.type != Type::text)
        return "only a text column can be an enumeration";
    if (normal.empty_is_null && column.type != Type::text)
        return "only a text column can treat an empty string as NULL";
    if (normal.sorted && column.type != Type::text_array && column.type != Type::jsonb)
        return "only an array column can be sorted";
    if (normal.numeric_text && column.type != Type::numeric)
        return "only a numeric column can be read from a string";
    return {};
}

constexpr bool has_outer(const Resource& resource, const Table& table, std::string_view column) {
    if (!table.nested_in.empty())
        return column_named(resource.tables.front(), column) != nullptr;
    return resource.per_row_of != nullptr &&
           column_named(resource.per_row_of->tables.front(), column) != nullptr;
}

constexpr std::string_view
flaw_in_source(const Resource& resource, const Table& table, const Column& column) {
    switch (column.source.kind) {
    case Source::Kind::item:
        if (!is_pointer(column.source.path))
            return "a column's path must be a JSON pointer such as /companyProfile/domain";
        if (!column.source.or_path.empty() && !is_pointer(column.source.or_path))
            return "a column's second path must be a JSON pointer";
        return {};
    case Source::Kind::scope:
        if (resource.parent == nullptr)
            return "a partner-wide resource has no customer to take a column from";
        if (column.type != Type::uuid)
            return "the customer's column must be a uuid";
        return {};
    case Source::Kind::outer:
        if (!has_outer(resource, table, column.source.path))
            return "an outer column must name a column of the row around it";
        return {};
    }
    return "unknown kind of source";
}

constexpr std::string_view
flaw_in_column(const Resource& resource, const Table& table, const Column& column) {
    if (!is_identifier(column.name))
        return "a column needs a lower snake_case name";
    if (column.name == "extra" || column.name == "first_seen_at" || column.name == "changed_at")
        return "extra, first_seen_at and changed_at are added by themselves";
    if (column.comment.empty())
        return "a column needs a comment";
    if (&column != column_named(table, column.name))
        return "two columns of a table have one name";
    if (column.role == Role::key && (column.type == Type::jsonb || column.type == Type::text_array))
        return "a key column can't be an array or jsonb";
    if (const std::string_view flaw = flaw_in_normal(column); !flaw.empty())
        return flaw;
    return flaw_in_source(resource, table, column);
}

constexpr std::string_view flaw_in_table(const Resource& resource, const Table& table) {
    if (!is_identifier(table.name))
        return "a table needs a lower snake_case name";
    if (table.comment.empty())
        return "a table needs a comment";
    bool keys_ended = false;
    for (const Column& column : table.columns) {
        if (const std::string_view flaw = flaw_in_column(resource, table, column); !flaw.empty())
            return flaw;
        if (column.role == Role::key && keys_ended)
            return "key columns come first";
        keys_ended = column.role != Role::key;
    }
    if (table.columns.empty() || table.columns.front().role != Role::key)
        return "a table needs a key column";
    if (resource.parent != nullptr && table.columns.front().name != "customer_id")
        return "the key of a customer's resource starts with customer_id";
    return {};
}

/// A nested table's key starts with the key of the record it is nested in.
constexpr std::string_view flaw_in_nesting(const Resource& resource, const Table& table) {
    if (!is_pointer(table.nested_in))
        return "a further table needs the JSON pointer of its array";
    std::size_t at = 0;
    for (const Column& key : resource.tables.front().columns) {
        if (key.role != Role::key)
            break;
        if (at >= table.columns.size() || table.columns[at].name != key.name ||
            table.columns[at].role != Role::key)
            return "a nested table's key starts with the key columns of its record";
        ++at;
    }
    if (at >= table.columns.size() || table.columns[at].role != Role::key)
        return "a nested table needs a key column of its own";
    return {};
}

constexpr bool fills(const Resource& resource, std::string_view placeholder, bool of_item) {
    if (resource.parent != nullptr && placeholder == "customer_id")
        return true;
    if (of_item) {
        const Column* column = column_named(resource.tables.front(), placeholder);
        return column != nullptr && column->role == Role::key;
    }
    return resource.per_row_of != nullptr &&
           column_named(resource.per_row_of->tables.front(), placeholder) != nullptr;
}

constexpr std::string_view
flaw_in_path(const Resource& resource, std::string_view path, bool of_item) {
    if (!path.starts_with("/v1/"))
        return "a path starts with /v1/";
    while (true) {
        const std::size_t open = path.find('{');
        if (open == std::string_view::npos)
            return {};
        const std::size_t close = path.find('}', open);
        if (close == std::string_view::npos)
            return "a placeholder in a path is not closed";
        if (!fills(resource, path.substr(open + 1, close - open - 1), of_item))
            return "a placeholder in a path names no column that could fill it";
        path.remove_prefix(close + 1);
    }
}

constexpr std::string_view flaw_in_requests(const Resource& resource) {
    if (resource.listings.empty() || resource.listings.size() > 2)
        return "a resource needs one or two listings";
    if (resource.listings.size() == 2 &&
        (resource.listings[0].name.empty() || resource.listings[1].name.empty()))
        return "two listings need names";
    for (const Listing& listing : resource.listings)
        if (const std::string_view flaw = flaw_in_path(resource, listing.path, false);
            !flaw.empty())
            return flaw;
    if (resource.per_row_of != nullptr &&
        resource.listings.front().path.find('{') == resource.listings.front().path.rfind('{'))
        return "a request per row needs the row's key in its path";
    if (!resource.item_path.empty())
        return flaw_in_path(resource, resource.item_path, true);
    return {};
}

// Names are compared, not addresses: sanitizers make those of two objects no constants.
constexpr std::size_t
tables_named(std::span<const Resource* const> resources, std::string_view name) {
    std::size_t count = 0;
    for (const Resource* resource : resources)
        for (const Table& table : resource->tables)
            count += table.name == name ? 1U : 0U;
    return count;
}

constexpr bool comes_before(
    std::span<const Resource* const> resources, const Resource* wanted, const Resource* of
) {
    for (const Resource* resource : resources) {
        if (resource->name == wanted->name)
            return true;
        if (resource->name == of->name)
            return false;
    }
    return false;
}

/// Rows that requests are made for: their key is the customer and one column, which the rows read
/// for them take over.
constexpr std::string_view flaw_in_outer(const Resource& resource) {
    const Table& outer = resource.per_row_of->tables.front();
    const Table& own = resource.tables.front();
    if (resource.parent == nullptr || resource.per_row_of->parent == nullptr)
        return "a request per row belongs to a customer";
    if (outer.columns.size() < 2 || outer.columns[1].role != Role::key ||
        (outer.columns.size() > 2 && outer.columns[2].role == Role::key))
        return "a request per row needs rows whose key is customer_id and one column";
    if (own.columns.size() < 2 || own.columns[1].name != outer.columns[1].name ||
        own.columns[1].type != outer.columns[1].type ||
        own.columns[1].source.kind != Source::Kind::outer)
        return "the key of what is read per row goes on with the key of the row";
    if (resource.tables.size() > 1 || resource.listings.size() > 1)
        return "what is read per row has one table and one listing";
    return {};
}

constexpr std::string_view last_of_key(const Table& table) {
    std::string_view last;
    for (const Column& column : table.columns)
        if (column.role == Role::key)
            last = column.name;
    return last;
}

constexpr std::string_view flaw_in_earned(const Resource& resource) {
    const EarnedReads& earned = *resource.earned;
    if (resource.per_row_of == nullptr || !resource.full_every)
        return "only requests per row can be earned, and need full_every";
    const Table& counters = earned.counters->tables.front();
    const Table& outer = resource.per_row_of->tables.front();
    if (column_named(counters, earned.counted_by) == nullptr ||
        column_named(resource.tables.front(), earned.counted_by) == nullptr ||
        column_named(counters, earned.count) == nullptr ||
        column_named(counters, earned.uncounted.column) == nullptr)
        return "a counter's column does not exist";
    if (last_of_key(resource.tables.front()) != earned.counted_by)
        return "rows are counted by the last column of their key";
    if (column_named(outer, earned.dormant.column) == nullptr ||
        column_named(outer, earned.eligible_with) == nullptr)
        return "a column of the outer row does not exist";
    return {};
}

constexpr std::string_view
flaw_in_relations(std::span<const Resource* const> resources, const Resource& resource) {
    if (resource.parent != nullptr && !comes_before(resources, resource.parent, &resource))
        return "a parent comes before its children";
    if (resource.parent != nullptr && resource.parent->parent != nullptr)
        return "a parent must be partner-wide";
    if (resource.per_row_of != nullptr && !comes_before(resources, resource.per_row_of, &resource))
        return "the rows that requests are made for must come before";
    if (resource.earned != nullptr &&
        !comes_before(resources, resource.earned->counters, &resource))
        return "counters must come before";
    if (resource.per_row_of != nullptr)
        if (const std::string_view flaw = flaw_in_outer(resource); !flaw.empty())
            return flaw;
    return resource.earned == nullptr ? std::string_view() : flaw_in_earned(resource);
}

constexpr std::string_view flaw_in_tables(const Resource& resource) {
    if (!resource.tables.front().nested_in.empty())
        return "the first table takes the record itself";
    for (const Table& table : resource.tables) {
        if (const std::string_view flaw = flaw_in_table(resource, table); !flaw.empty())
            return flaw;
        if (&table == &resource.tables.front())
            continue;
        if (const std::string_view flaw = flaw_in_nesting(resource, table); !flaw.empty())
            return flaw;
    }
    return {};
}

constexpr std::string_view
flaw_in_resource(std::span<const Resource* const> resources, const Resource& resource) {
    if (resource.tables.empty())
        return "a resource needs a table";
    if (resource.name != resource.tables.front().name)
        return "a resource is named as its first table";
    if (!resource.reread_when.empty() &&
        column_named(resource.tables.front(), resource.reread_when) == nullptr)
        return "reread_when must name a column";
    if (resource.comment.empty() || resource.source.empty())
        return "a resource needs a comment and the page it comes from";
    if (resource.every < std::chrono::seconds(60))
        return "a resource needs a default schedule of a minute or more";
    if (const std::string_view flaw = flaw_in_relations(resources, resource); !flaw.empty())
        return flaw;
    if (const std::string_view flaw = flaw_in_tables(resource); !flaw.empty())
        return flaw;
    return flaw_in_requests(resource);
}

} // namespace well_formed

constexpr std::string_view flaw_in(std::span<const Resource* const> resources) {
    for (const Resource* resource : resources) {
        if (std::ranges::count(resources, resource->name, &Resource::name) > 1)
            return "two resources have one name";
        if (const std::string_view flaw = well_formed::flaw_in_resource(resources, *resource);
            !flaw.empty())
            return flaw;
        for (const Table& table : resource->tables)
            if (well_formed::tables_named(resources, table.name) > 1)
                return "two tables have one name";
    }
    return {};
}

} // namespace pcmirror
