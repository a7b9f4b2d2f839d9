#include "schema/describe.hpp"

#include "schema/sql.hpp"

namespace pcmirror {
namespace {

std::string_view words(Paging paging) {
    switch (paging) {
    case Paging::single:
        return "one answer";
    case Paging::seek:
        return "pages";
    }
    return "?";
}

std::string_view words(SignIn sign_in) {
    switch (sign_in) {
    case SignIn::app:
        return "app";
    case SignIn::user:
        return "app and user";
    }
    return "?";
}

std::string words(std::chrono::seconds interval) {
    const auto count = interval.count();
    if (count % 86400 == 0)
        return std::to_string(count / 86400) + "d";
    if (count % 3600 == 0)
        return std::to_string(count / 3600) + "h";
    return count % 60 == 0 ? std::to_string(count / 60) + "m" : std::to_string(count) + "s";
}

std::string_view words(Role role) {
    switch (role) {
    case Role::key:
        return "key";
    case Role::optional:
        return "";
    case Role::kept:
        return "kept when absent";
    }
    return "?";
}

void append(std::string& list, std::string_view separator, std::string_view item) {
    if (!list.empty())
        list += separator;
    list += item;
}

std::string origin(const Column& column) {
    switch (column.source.kind) {
    case Source::Kind::item: {
        std::string path = '`' + std::string(column.source.path) + '`';
        if (!column.source.or_path.empty())
            path += " or `" + std::string(column.source.or_path) + '`';
        return path;
    }
    case Source::Kind::scope:
        return "the customer";
    case Source::Kind::outer:
        return "`" + std::string(column.source.path) + "` of the row around it";
    }
    return "?";
}

std::string table_text(const Table& table) {
    std::string text = "\n### partner_center." + std::string(table.name) + "\n\n";
    std::string comment(table.comment);
    text += comment + ".";
    if (!table.nested_in.empty())
        text += " One row for each element of `" + std::string(table.nested_in) + "`.";
    text += "\n\n| column | type | | from | |\n| --- | --- | --- | --- | --- |\n";
    for (const Column& column : table.columns) {
        text += "| `" + std::string(column.name) + "` | " + std::string(sql_name(column.type));
        text += " | " + std::string(words(column.role)) + " | " + origin(column) + " | " +
                std::string(column.comment) + " |\n";
    }
    text += "| `extra` | jsonb | | the rest | members of the record that have no column of their "
            "own |\n"
            "| `first_seen_at` | timestamptz | | | when the mirror first saw the row |\n"
            "| `changed_at` | timestamptz | | | when the mirrored row last really changed |\n";
    return text;
}

std::string resource_text(const Resource& resource) {
    const Described shown = describe(resource);
    std::string text = "\n## " + shown.resource + "\n\n" + std::string(resource.comment) + ".\n\n";
    text += "* endpoint: `" + shown.endpoint + "`, " + shown.paging + "\n";
    text += "* scope: ";
    text += resource.parent == nullptr ? "the whole partner\n"
                                       : "each row of " + std::string(resource.parent->name) + "\n";
    text += "* sign-in: " + shown.sign_in + "\n* polled by default: every " + shown.every + "\n";
    text += "* read from: " + std::string(resource.source) + "\n";
    for (const Table& table : resource.tables)
        text += table_text(table);
    return text;
}

} // namespace

Described describe(const Resource& resource) {
    Described shown;
    shown.resource = resource.name;
    for (const Table& table : resource.tables)
        append(shown.tables, ", ", table.name);
    for (const Listing& listing : resource.listings) {
        std::string endpoint = "GET " + std::string(listing.path);
        if (!listing.query.empty())
            endpoint += '?' + std::string(listing.query);
        append(shown.endpoint, ", ", endpoint);
    }
    shown.paging = words(resource.paging);
    shown.sign_in = words(resource.sign_in);
    shown.every = words(resource.every);
    return shown;
}

std::string ddl_text(const Resource& resource) {
    return sql::draft_ddl(resource) + sql::comments(resource);
}

std::string markdown_text(const Catalogue& catalogue) {
    std::string text = "# Resources\n\n"
                       "What is mirrored, table by table. Generated from the descriptions in "
                       "`schema/resources` by `pcmirror resources --markdown`.\n";
    for (const Resource* resource : catalogue)
        text += resource_text(*resource);
    return text;
}

} // namespace pcmirror
