#include "daemon/commands.hpp"
#include "daemon/json.hpp"
#include "daemon/live.hpp"
#include "daemon/output.hpp"
#include "daemon/prepare.hpp"
#include "daemon/table.hpp"
#include "sync/records/utf8.hpp"

#include <array>
#include <fmt/format.h>

namespace pcmirror {
namespace {

using Customers = std::vector<MirroredCustomer>;

std::string customers_text(const Customers& customers) {
    TextTable table({{"customer_id"}, {"domain"}, {"company name"}, {"relationship"}});
    for (const MirroredCustomer& one : customers)
        table.add({one.customer_id, one.domain, one.company_name, one.relationship});
    return table.text();
}

std::string customers_json(const Customers& customers) {
    JsonWriter json;
    json.begin_array();
    for (const MirroredCustomer& one : customers) {
        json.begin_object().key("customer_id").text(one.customer_id);
        json.key("domain").text(one.domain);
        json.key("company_name").text(one.company_name);
        json.key("relationship_to_partner").text(one.relationship);
        json.end_object();
    }
    json.end_array();
    return json.document();
}

asio::awaitable<void> look_up(Program& program, std::string text, LiveCustomers& live) {
    live = co_await find_live(program, std::move(text));
}

ExitCode run_customers(const Invocation& invocation) {
    const Settings settings = settings_of(invocation);
    const std::string text = *invocation.arguments.value("TEXT");
    if (text.empty() || escape_invalid_utf8(text) != text)
        throw usage_error(
            *invocation.command,
            text.empty() ? "TEXT is empty" : "TEXT is no valid UTF-8: " + escape_invalid_utf8(text),
            "give an id, a domain or the beginning of a company name"
        );
    const bool live = invocation.arguments.has("--live");
    require_schema(settings);
    Program program(settings, "customers");
    LiveCustomers result;
    if (live)
        program.run(look_up(program, text, result));
    else
        result.found = ReportStore(program.pool()).find_customers(text);
    const bool all_read = result.rejected == 0 && result.trouble.empty();
    const Customers& found = result.found;
    if (invocation.json || !found.empty())
        print(invocation.json ? customers_json(found) : customers_text(found));
    if (found.empty() && all_read)
        tell("no customer has this id or domain, or a name that starts so\n");
    tell(left_out_text(result.rejected));
    if (!result.trouble.empty())
        tell(fmt::format("customer {}: {}\n", text, result.trouble));
    return all_read ? ExitCode::success : ExitCode::partial;
}

constexpr std::array options{
    Option{
        .name = "TEXT",
        .text = "an id, a whole default domain, or the beginning of a company name; case does not "
                "matter",
        .needed = true},
    Option{.name = "--live", .text = "ask the API instead of the mirror"},
};

} // namespace

const Command customers_command{
    .name = "customers",
    .summary = "look up customers by id, domain or company name",
    .options = options,
    .example = "pcmirror customers contoso",
    .exit_codes = "0 success, also when there is none; 1 the API does not say, or not all could be "
                  "read; 2 usage or configuration error; 3 database; 4 API or credentials",
    .json = true,
    .run = run_customers,
};

} // namespace pcmirror
