#pragma once

#include "daemon/json.hpp"
#include "schema/resource.hpp"
#include "sync/db/report_store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// A column that is printed.
struct ShownColumn {
    std::string_view name;
    Type type;
};

/// A table's columns, then extra, first_seen_at and changed_at: what a mirrored row has.
std::vector<ShownColumn> mirrored_columns(const Table& table);

/// A table's columns, then extra: what a row read from the API has.
std::vector<ShownColumn> listed_columns(const Table& table);

/// Each row as a block of `column  value` lines; columns without value are left out. Values are in
/// the form PostgreSQL writes.
std::string rows_text(const std::vector<ShownColumn>& columns, const std::vector<TextRow>& rows);

/// An array of objects with all columns, each value as the JSON of its type.
void write_rows(
    JsonWriter& json, const std::vector<ShownColumn>& columns, const std::vector<TextRow>& rows
);

/// The elements of a one-dimensional array as PostgreSQL writes it: `{a,"b c"}`.
std::vector<std::string> array_elements(std::string_view literal);

} // namespace pcmirror
