#include "daemon/rows_text.hpp"

#include "daemon/table.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror {
namespace {

/// `2018-03-15 02:17:15.6+00` -> `2018-03-15T02:17:15.6+00:00`; `infinity` stays.
std::string iso_timestamp(std::string text) {
    constexpr std::size_t date_length = 10;
    constexpr std::size_t zone_length = 3;
    if (text.size() < date_length + zone_length || text[date_length] != ' ')
        return text;
    text[date_length] = 'T';
    const char sign = text[text.size() - zone_length];
    return sign == '+' || sign == '-' ? text + ":00" : text;
}

bool is_true(std::string_view text) {
    return text == "t" || text == "true";
}

void write_value(JsonWriter& json, Type type, const std::string& text) {
    switch (type) {
    case Type::integer:
    case Type::bigint:
    case Type::numeric:
    case Type::jsonb:
        json.raw(text);
        return;
    case Type::boolean:
        json.boolean(is_true(text));
        return;
    case Type::timestamp:
        json.text(iso_timestamp(text));
        return;
    case Type::text_array:
        json.begin_array();
        for (const std::string& element : array_elements(text))
            json.text(element);
        json.end_array();
        return;
    case Type::uuid:
    case Type::text:
    case Type::date:
        json.text(text);
        return;
    }
}

} // namespace

std::vector<ShownColumn> listed_columns(const Table& table) {
    std::vector<ShownColumn> columns;
    for (const Column& column : table.columns)
        columns.push_back({column.name, column.type});
    columns.push_back({"extra", Type::jsonb});
    return columns;
}

std::vector<ShownColumn> mirrored_columns(const Table& table) {
    std::vector<ShownColumn> columns = listed_columns(table);
    columns.push_back({"first_seen_at", Type::timestamp});
    columns.push_back({"changed_at", Type::timestamp});
    return columns;
}

std::string rows_text(const std::vector<ShownColumn>& columns, const std::vector<TextRow>& rows) {
    std::size_t width = 0;
    for (const ShownColumn& column : columns)
        width = std::max(width, column.name.size());
    std::string text;
    for (const TextRow& row : rows) {
        if (!text.empty())
            text += '\n';
        for (std::size_t at = 0; at < columns.size(); ++at)
            if (row[at])
                text += fmt::format("{:<{}}  {}\n", columns[at].name, width, one_line(*row[at]));
    }
    return text;
}

void write_rows(
    JsonWriter& json, const std::vector<ShownColumn>& columns, const std::vector<TextRow>& rows
) {
    json.begin_array();
    for (const TextRow& row : rows) {
        json.begin_object();
        for (std::size_t at = 0; at < columns.size(); ++at) {
            json.key(columns[at].name);
            if (row[at])
                write_value(json, columns[at].type, *row[at]);
            else
                json.null();
        }
        json.end_object();
    }
    json.end_array();
}

std::vector<std::string> array_elements(std::string_view literal) {
    std::vector<std::string> elements;
    std::string element;
    bool quoted = false;
    for (std::size_t at = 1; at < literal.size(); ++at) {
        const char letter = literal[at];
        const bool ends = !quoted && (letter == ',' || letter == '}');
        if (ends && literal != "{}")
            elements.push_back(std::exchange(element, {}));
        else if (letter == '"')
            quoted = !quoted;
        else if (letter == '\\' && at + 1 < literal.size())
            element += literal[++at];
        else if (!ends)
            element += letter;
    }
    return elements;
}

} // namespace pcmirror
