#include "schema/sql.hpp"
#include "schema/sql_text.hpp"

namespace pcmirror::sql {

std::string draft_ddl(const Resource& resource) {
    std::string text;
    for (const Table& table : resource.tables) {
        text += "create table " + mirror_table(table) + " (\n";
        for (const Column& column : table.columns)
            text += "    " + std::string(column.name) + " " + std::string(sql_name(column.type)) +
                    (column.role == Role::key ? " not null" : "") + ",\n";
        text += "    extra jsonb,\n"
                "    first_seen_at timestamptz not null default now(),\n"
                "    changed_at timestamptz not null default now(),\n"
                "    primary key (" +
                listed(key_columns(table)) + ")\n);\n";
    }
    return text;
}

std::string comments(const Resource& resource) {
    std::string text;
    for (const Table& table : resource.tables) {
        const std::string name = mirror_table(table);
        const auto comment = [&](std::string_view column, std::string_view words) {
            text += "comment on column " + name + "." + std::string(column) + " is " +
                    quoted(words) + ";\n";
        };
        text += "comment on table " + name + " is " + quoted(table.comment) + ";\n";
        for (const Column& column : table.columns)
            comment(column.name, column.comment);
        comment("extra", "members of the record that have no column of their own");
        comment("first_seen_at", "when the mirror first saw the row");
        comment("changed_at", "when the mirrored row last really changed");
    }
    return text;
}

} // namespace pcmirror::sql
