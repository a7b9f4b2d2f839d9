#include "daemon/commands.hpp"
#include "daemon/live.hpp"
#include "daemon/output.hpp"
#include "daemon/prepare.hpp"
#include "daemon/rows_text.hpp"
#include "daemon/selection.hpp"
#include "sync/db/row_reads.hpp"
#include "sync/http/url.hpp"
#include "sync/records/normal.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>

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

/// Collects the rows of one customer after the other.
class Collection {
  public:
    Collection(Program& program, const Resource& resource)
        : program_(program), store_(program.pool()), resource_(resource) {}

    void add_from_mirror(const std::string& customer_id) {
        for (const Table& table : resource_.tables) {
            std::vector<TextRow> rows = store_.rows_of(table, customer_id);
            if (&table == &resource_.table() && rows.empty())
                tell_of_none(resource_, customer_id);
            add(table, mirrored_columns(table), std::move(rows));
        }
    }

    void add_from_api(const std::string& customer_id) {
        LiveRows live;
        program_.run(ask(customer_id, live));
        if (live.tables.front().empty() && live.rejected == 0 && live.trouble.empty())
            tell_of_none_live(customer_id);
        for (std::size_t at = 0; at < resource_.tables.size(); ++at)
            add(resource_.tables[at],
                listed_columns(resource_.tables[at]),
                std::move(live.tables[at]));
        complete_ = complete_ && live.rejected == 0 && live.trouble.empty();
        tell(left_out_text(live.rejected));
        if (!live.trouble.empty())
            tell(fmt::format("{} of customer {}: {}\n", resource_.name, customer_id, live.trouble));
    }

    [[nodiscard]] const std::vector<Printed>& tables() const { return tables_; }

    /// Whether all that was asked for could be read.
    [[nodiscard]] bool complete() const { return complete_; }

  private:
    void tell_of_none(const Resource& resource, const std::string& customer_id) {
        tell(fmt::format("the mirror has no {} of customer {}\n", resource.name, customer_id));
        if (!store_.was_read(resource, customer_id))
            tell(fmt::format(
                "hint: they were never read; run: pcmirror sync {} --customer {}\n",
                resource.name,
                customer_id
            ));
    }

    /// What is asked row by row is asked by the rows that the mirror knows.
    void tell_of_none_live(const std::string& customer_id) {
        const Resource* outer = resource_.per_row_of;
        if (outer != nullptr && store_.rows_of(outer->table(), customer_id).empty())
            tell_of_none(*outer, customer_id);
        else
            tell(fmt::format("the API has no {} of customer {}\n", resource_.name, customer_id));
    }

    void add(const Table& table, std::vector<ShownColumn> columns, std::vector<TextRow> rows) {
        auto found = std::ranges::find(tables_, &table, &Printed::table);
        if (found == tables_.end())
            found = tables_.insert(found, {&table, std::move(columns), {}});
        std::ranges::move(rows, std::back_inserter(found->rows));
    }

    asio::awaitable<void> ask(std::string customer_id, LiveRows& live) {
        std::vector<RowToAsk> rows;
        if (resource_.per_row_of != nullptr)
            rows = co_await RowReadStore(program_.pool()).all_rows(resource_, customer_id);
        live = co_await read_live(program_, resource_, std::move(customer_id), std::move(rows));
    }

    Program& program_;
    ReportStore store_;
    const Resource& resource_;
    std::vector<Printed> tables_;
    bool complete_ = true;
};

/// The customers that an invocation names, each once, in that order.
std::vector<std::string> named_customers(const Invocation& invocation, ReportStore& store) {
    const bool live = invocation.arguments.has("--live");
    std::vector<std::string> ids;
    for (const std::string& name : invocation.arguments.values("--customer")) {
        // The API may know an id that the mirror does not; what is excluded can still be looked at.
        std::string id = live && is_guid(name)
                             ? http::lower_case(name)
                             : customer_named(*invocation.command, store, {}, name).customer_id;
        if (std::ranges::count(ids, id) == 0)
            ids.push_back(std::move(id));
    }
    return ids;
}

// Of the partner, and never mirrored.
constexpr std::string_view relationship_request = "relationship_request";

asio::awaitable<void> ask_for_invitation(Program& program, std::string& link) {
    link = co_await read_invitation(program);
}

ExitCode get_invitation(const Invocation& invocation, const Settings& settings) {
    if (invocation.arguments.has("--customer"))
        throw usage_error(
            *invocation.command, "relationship_request is the partner's: leave --customer out"
        );
    if (settings.partner_center.cloud == Cloud::us_government)
        throw usage_error(*invocation.command, "this cloud has no relationship_request");
    if (settings.partner_center.auth == Auth::app_only)
        throw usage_error(
            *invocation.command,
            "relationship_request needs a user's sign-in, and partner_center.auth is app_only",
            "set partner_center.auth to app_user or auto and give pcmirror a user's refresh token"
        );
    require_schema(settings);
    Program program(settings, "get");
    std::string link;
    program.run(ask_for_invitation(program, link));
    JsonWriter json;
    json.begin_object().key("url").text(link).end_object();
    print(invocation.json ? json.document() : link + '\n');
    return ExitCode::success;
}

ExitCode run_get(const Invocation& invocation) {
    const Settings settings = settings_of(invocation);
    if (invocation.arguments.value("RESOURCE") == relationship_request)
        return get_invitation(invocation, settings);
    const Resource& resource =
        resource_named(*invocation.command, *invocation.arguments.value("RESOURCE"));
    if (!invocation.arguments.has("--customer"))
        throw usage_error(*invocation.command, "--customer is missing");
    require_schema(settings);
    Program program(settings, "get");
    ReportStore store(program.pool());
    const std::vector<std::string> customers = named_customers(invocation, store);
    Collection collection(program, resource);
    for (const std::string& customer_id : customers)
        invocation.arguments.has("--live") ? collection.add_from_api(customer_id)
                                           : collection.add_from_mirror(customer_id);
    print(invocation.json ? json_of(collection.tables()) : text_of(collection.tables()));
    return collection.complete() ? ExitCode::success : ExitCode::partial;
}

constexpr std::array options{
    Option{.name = "RESOURCE", .text = "what to print; see pcmirror resources", .needed = true},
    Option{.name = "--customer", .value = "ID", .text = "whose, by id or domain", .many = true},
    Option{.name = "--live", .text = "from the API instead of the mirror"},
};

} // namespace

const Command get_command{
    .name = "get",
    .summary = "print a resource of one or more customers",
    .options = options,
    .more = "Prints each row as a block of lines, one for each column that has a value. "
            "RESOURCE relationship_request needs no --customer: it is the link from the API by "
            "which somebody becomes a customer of the partner.",
    .example = "pcmirror get subscriptions --customer contoso.com --json",
    .exit_codes = "0 success; 1 not all could be read; 2 usage or configuration error, or no such "
                  "customer; 3 database; 4 API or credentials",
    .json = true,
    .run = run_get,
};

} // namespace pcmirror
