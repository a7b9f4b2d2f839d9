#include "daemon/commands.hpp"
#include "daemon/json.hpp"
#include "daemon/output.hpp"
#include "daemon/selection.hpp"
#include "daemon/table.hpp"
#include "schema/describe.hpp"

#include <array>

namespace pcmirror {
namespace {

/// What is shown of a resource, as table and JSON name it.
struct Shown {
    std::string_view name;
    std::string Described::*value;
};

constexpr std::array shown{
    Shown{"resource", &Described::resource},
    Shown{"table", &Described::tables},
    Shown{"endpoint", &Described::endpoint},
    Shown{"paging", &Described::paging},
    Shown{"sign_in", &Described::sign_in},
    Shown{"every", &Described::every},
};

std::string catalogue_json() {
    JsonWriter json;
    json.begin_array();
    for (const Resource* resource : catalogue()) {
        const Described described = describe(*resource);
        json.begin_object();
        for (const Shown& one : shown)
            json.key(one.name).text(described.*one.value);
        json.end_object();
    }
    json.end_array();
    return json.document();
}

std::string catalogue_table() {
    std::vector<TextTable::Heading> headings;
    headings.reserve(std::size(shown));
    for (const Shown& one : shown)
        headings.push_back({std::string(one.name)});
    TextTable table(std::move(headings));
    for (const Resource* resource : catalogue()) {
        const Described described = describe(*resource);
        std::vector<std::string> cells;
        cells.reserve(std::size(shown));
        for (const Shown& one : shown)
            cells.push_back(described.*one.value);
        table.add(std::move(cells));
    }
    return table.text();
}

ExitCode run_resources(const Invocation& invocation) {
    if (const auto name = invocation.arguments.value("--ddl"))
        print(ddl_text(resource_named(*invocation.command, *name)));
    else if (invocation.arguments.has("--markdown"))
        print(markdown_text(catalogue()));
    else
        print(invocation.json ? catalogue_json() : catalogue_table());
    return ExitCode::success;
}

constexpr std::array options{
    Option{.name = "--ddl", .value = "NAME", .text = "the first draft of a resource's migration"},
    Option{.name = "--markdown", .text = "the reference of all tables and columns"},
};

} // namespace

const Command resources_command{
    .name = "resources",
    .summary = "what can be mirrored, from where, how often",
    .options = options,
    .more = "Per resource: tables, endpoint, paging, the least sign-in that suffices, and the "
            "default schedule.",
    .example = "pcmirror resources --json",
    .exit_codes = "0 success; 2 usage error",
    .json = true,
    .run = run_resources,
};

} // namespace pcmirror
