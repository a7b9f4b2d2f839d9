#include "sync/write/whole_answer.hpp"

#include "schema/row.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror {
namespace {

bool has(const Document& object, std::string_view name) {
    const Document* value = object.find('/' + std::string(name));
    return value != nullptr && !value->is_null();
}

bool has_members_of(const Document& told, const Document& mirrored) {
    return std::ranges::all_of(mirrored.members(), [&](const Document::Member& member) {
        const Document* found = told.find('/' + member.first);
        return found != nullptr && has_members_of(*found, member.second);
    });
}

} // namespace

std::vector<std::string> key_of(const Table& table, const DecodedRow& row) {
    std::vector<std::string> key;
    RowReader reader(row.bytes);
    for (const Column& column : table.columns) {
        const std::optional<std::string_view> value = reader.next();
        if (column.role == Role::key)
            key.emplace_back(value.value_or(""));
    }
    return key;
}

bool has_all_of(const Table& table, const DecodedRow& answered, const Document& mirrored) {
    RowReader row(answered.bytes);
    for (const Column& column : table.columns) {
        const bool told = row.next().has_value();
        if (!told && column.role != Role::kept && has(mirrored, column.name))
            return false;
    }
    if (!has(mirrored, "extra"))
        return true;
    const std::optional<std::string_view> extra = row.next();
    return extra && has_members_of(Document::parse(*extra), *mirrored.find("/extra"));
}

} // namespace pcmirror
