#pragma once

#include "schema/row.hpp"
#include "sync/records/decode.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Made-up descriptions and row readers for the tests of sync/records.
namespace pcmirror::testing {

inline constexpr std::array<std::string_view, 3> colours{"dark_red", "one_time", "none"};

inline constexpr Column thing_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "c"},
    {Role::key, "thing_id", Type::text, item("/id"), "c"},
    {Role::optional, "tenant", Type::uuid, item("/profile/tenantId"), "c"},
    {Role::optional, "label", Type::text, item("/profile/label"), "c"},
    {Role::optional, "note", Type::text, item("/note"), "c", empty_is_null},
    {Role::optional, "colour", Type::text, item("/colour"), "c", enumeration(colours)},
    {Role::optional, "quantity", Type::integer, item("/quantity"), "c"},
    {Role::optional, "total", Type::bigint, item("/total"), "c"},
    {Role::optional, "price", Type::numeric, item("/price"), "c"},
    {Role::optional, "amount", Type::numeric, item("/amount"), "c", numeric_text},
    {Role::optional, "active", Type::boolean, item("/active"), "c"},
    {Role::optional, "made_at", Type::timestamp, item("/madeAt", "/madeOn"), "c"},
    {Role::optional, "day", Type::date, item("/day"), "c"},
    {Role::kept, "tags", Type::text_array, item("/tags"), "c", sorted},
    {Role::optional, "steps", Type::text_array, item("/steps"), "c"},
    {Role::optional, "plan", Type::jsonb, item("/plan"), "c"},
    {Role::optional, "options", Type::jsonb, item("/options"), "c", sorted},
    {Role::optional, "etag", Type::text, item("/attributes/etag"), "c", empty_is_null},
};

inline constexpr Column part_columns[] = {
    {Role::key, "customer_id", Type::uuid, scope_customer(), "c"},
    {Role::key, "thing_id", Type::text, outer("thing_id"), "c"},
    {Role::key, "part_id", Type::text, item("/id"), "c"},
    {Role::optional, "colour", Type::text, outer("colour"), "c"},
    {Role::optional, "weight", Type::numeric, item("/weight"), "c"},
};

inline constexpr Table thing_tables[] = {
    {"things", "c", thing_columns},
    {"parts", "c", part_columns, "/assembly/parts"},
};

inline constexpr Resource things = {.name = "things", .comment = "c", .tables = thing_tables};

inline constexpr std::string_view some_customer = "4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04";

using Fields = std::vector<std::optional<std::string>>;

inline Fields fields_of(std::string_view row_bytes) {
    Fields fields;
    RowReader reader(row_bytes);
    while (!reader.at_end())
        fields.emplace_back(reader.next());
    return fields;
}

/// One decoded row that is asked by column name; "extra" is the last.
struct Row {
    const Table* table = nullptr;
    Fields fields;

    std::optional<std::string> operator[](std::string_view column) const {
        for (std::size_t c = 0; c < table->columns.size(); ++c)
            if (table->columns[c].name == column)
                return fields.at(c);
        return fields.back();
    }
};

inline Surroundings surroundings() {
    return {std::string(some_customer), {}};
}

struct Decoded {
    std::optional<Rejection> rejection;
    std::vector<Row> rows;
};

inline Decoded decode(const Resource& resource, std::string_view record) {
    Decoder decoder(resource);
    Decoded decoded{decoder.decode(record, surroundings()), {}};
    for (const DecodedRow& row : decoder.rows())
        decoded.rows.push_back({&resource.tables[row.table], fields_of(row.bytes)});
    return decoded;
}

/// The reason of the rejection, or an empty string.
inline std::string reason(std::string_view record) {
    return decode(things, record).rejection.value_or(Rejection{}).reason;
}

/// One field of the thing that has this text as further members beside its id.
inline std::optional<std::string> field(std::string_view column, const std::string& members) {
    const Decoded decoded = decode(things, R"({"id":"t1",)" + members + "}");
    if (decoded.rejection)
        return "rejected: " + decoded.rejection->reason;
    return decoded.rows.front()[column];
}

} // namespace pcmirror::testing
