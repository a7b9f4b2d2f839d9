#include "daemon/commands.hpp"
#include "daemon/live.hpp"
#include "daemon/output.hpp"
#include "daemon/prepare.hpp"
#include "daemon/rows_text.hpp"
#include "daemon/selection.hpp"
#include "sync/db/scope_store.hpp"

#include <array>
#include <fmt/format.h>

namespace pcmirror {
namespace {

/// The rows of one table, ready to be printed.
struct Printed {
    const Table* table = nullptr;
    std::vector<ShownColumn> columns;
    std::vector<TextRow> rows;
};

std::string text_of(const std::vector<Printed>& tables) {
    std::string text;
    for (const Printed& printed : tables) {
        if (tables.size() > 1)
            text += fmt::format("{}-- {}\n", text.empty() ? "" : "\n", printed.table->name);
        text += rows_text(printed.columns, printed.rows);
    }
    return text;
}

std::string json_of(const std::vector<Printed>& tables) {
    JsonWriter json;
    if (tables.size() > 1)
        json.begin_object();
    for (const Printed& printed : tables) {
        if (tables.size() > 1)
            json.key(printed.table->name);
        write_rows(json, printed.columns, printed.rows);
    }
    if (tables.size() > 1)
        json.end_object();
    return json.document();
}

std::vector<Printed>
from_mirror(ReportStore& store, const Resource& resource, const std::string& customer_id) {
    std::vector<Printed> tables;
    for (const Table& table : resource.tables)
        tables.push_back({&table, mirrored_columns(table), store.rows_of(table, customer_id)});
    return tables;
}

asio::awaitable<void>
ask(Program& program, const Resource& resource, std::string customer_id, LiveRows& live) {
    std::vector<KeyText> rows;
    if (resource.per_row_of != nullptr) {
        ScopeStore scopes(program.pool());
        rows = co_await scopes.rows_of(*resource.per_row_of, customer_id);
    }
    live = co_await read_live(program, resource, std::move(customer_id), std::move(rows));
}

ExitCode
print_live(Program& program, const Resource& resource, const std::string& customer_id, bool json) {
    LiveRows live;
    program.run(ask(program, resource, customer_id, live));
    std::vector<Printed> tables;
    for (std::size_t at = 0; at < resource.tables.size(); ++at)
        tables.push_back(
            {&resource.tables[at], listed_columns(resource.tables[at]), std::move(live.tables[at])}
        );
    print(json ? json_of(tables) : text_of(tables));
    if (live.rejected > 0)
        tell(fmt::format("{} records can't be read and are left out\n", live.rejected));
    if (live.trouble.empty())
        return ExitCode::success;
    tell(fmt::format("{} of customer {}: {}\n", resource.name, customer_id, live.trouble));
    return ExitCode::partial;
}

ExitCode run_get(const Invocation& invocation) {
    const Settings settings = settings_of(invocation);
    const Command& command = *invocation.command;
    const Resource& resource = resource_named(command, *invocation.arguments.value("RESOURCE"));
    const std::string name = *invocation.arguments.value("--customer");
    const bool live = invocation.arguments.has("--live");
    require_schema(settings);
    Program program(settings, "get");
    ReportStore store(program.pool());
    // The API may know an id that the mirror does not; what is excluded can still be looked at.
    const std::string customer_id =
        live && is_guid(name) ? name : customer_named(command, store, {}, name).customer_id;
    if (live)
        return print_live(program, resource, customer_id, invocation.json);
    const std::vector<Printed> tables = from_mirror(store, resource, customer_id);
    print(invocation.json ? json_of(tables) : text_of(tables));
    return ExitCode::success;
}

constexpr std::array options{
    Option{.name = "RESOURCE", .text = "what to print; see pcmirror resources", .needed = true},
    Option{.name = "--customer", .value = "ID", .text = "whose, by id or domain", .needed = true},
    Option{.name = "--live", .text = "from the API instead of the mirror"},
};

} // namespace

const Command get_command{
    .name = "get",
    .summary = "print a resource of a customer",
    .options = options,
    .more = "Prints each row as a block of lines, one for each column that has a value.",
    .example = "pcmirror get subscriptions --customer contoso.com --json",
    .exit_codes = "0 success; 1 not all could be read; 2 usage or configuration error, or no such "
                  "customer; 3 database; 4 API or credentials",
    .json = true,
    .run = run_get,
};

} // namespace pcmirror
