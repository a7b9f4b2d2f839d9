#include "daemon/live.hpp"

#include "daemon/json.hpp"
#include "schema/counted.hpp"
#include "schema/letters.hpp"
#include "sync/http/url.hpp"
#include "sync/poll/read_rows.hpp"
#include "sync/poll/read_scope.hpp"
#include "sync/poll/search_path.hpp"
#include "sync/poll/walk.hpp"
#include "sync/records/decode.hpp"
#include "sync/records/normal.hpp"
#include "sync/records/page.hpp"
#include "sync/write/document.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

TextRow text_row(std::string_view bytes) {
    TextRow row;
    for (RowReader reader(bytes); !reader.at_end();) {
        const std::optional<std::string_view> field = reader.next();
        row.push_back(field ? std::optional<std::string>(*field) : std::nullopt);
    }
    return row;
}

Call on_demand(PartnerCenter& api, const Resource& resource, const std::string& path) {
    Call call;
    call.priority = Priority::on_demand;
    call.sign_in = resource.sign_in;
    call.url = api.url_of(path);
    return call;
}

/// Decodes records of a partner-wide resource as they come.
class Records {
  public:
    explicit Records(const Resource& resource) : decoder_(resource) {
        rows_.tables.resize(resource.tables.size());
    }

    void take(const Page& page) {
        for (const std::string_view record : page.records) {
            if (decoder_.decode(record, {})) {
                ++rows_.rejected;
                continue;
            }
            for (const DecodedRow& row : decoder_.rows())
                rows_.tables[row.table].push_back(text_row(row.bytes));
        }
    }

    [[nodiscard]] LiveRows& rows() { return rows_; }

  private:
    Decoder decoder_;
    LiveRows rows_;
};

asio::awaitable<LiveRows>
read_item(PartnerCenter& api, const Resource& resource, std::string customer_id) {
    const std::string path =
        fill_path(resource.item_path, {{"customer_id", std::move(customer_id)}});
    const Answer answer = co_await api.get(on_demand(api, resource, path));
    Records records(resource);
    if (answer.verdict == Verdict::ok)
        records.take(scan_page(answer.body, Envelope::object));
    else
        records.rows().trouble = answer.describe();
    records.rows().unknown = answer.knows_no_customer();
    co_return std::move(records.rows());
}

asio::awaitable<LiveRows>
read_matching(PartnerCenter& api, const Resource& customers, std::string field, std::string text) {
    const std::string path = search_path(customers, field, text);
    Records records(customers);
    WalkHandlers handlers;
    handlers.page = [&](const Page& page) -> asio::awaitable<void> {
        records.take(page);
        co_return;
    };
    handlers.start_over = [&] { records.rows().tables.assign(customers.tables.size(), {}); };
    const Walked walked = co_await walk_listing(
        api, customers.envelope, on_demand(api, customers, path), std::move(handlers)
    );
    if (walked.end != WalkEnd::complete)
        throw Error(
            Recovery::skip_scope, "looking up customers by " + field + ": " + walked.message
        );
    co_return std::move(records.rows());
}

std::string field_of(const Resource& resource, const TextRow& row, std::string_view column) {
    const auto& columns = resource.table().columns;
    for (std::size_t at = 0; at < columns.size(); ++at)
        if (columns[at].name == column)
            return row[at].value_or("");
    return {};
}

void add_customers(const Resource& resource, const LiveRows& live, LiveCustomers& customers) {
    customers.rejected += live.rejected;
    if (!live.unknown)
        customers.trouble = live.trouble;
    std::vector<MirroredCustomer>& found = customers.found;
    for (const TextRow& row : live.tables.front()) {
        MirroredCustomer customer{
            field_of(resource, row, "customer_id"),
            field_of(resource, row, "company_name"),
            field_of(resource, row, "domain"),
            field_of(resource, row, "relationship_to_partner")};
        const bool known = std::ranges::any_of(found, [&](const MirroredCustomer& one) {
            return one.customer_id == customer.customer_id;
        });
        if (!known)
            found.push_back(std::move(customer));
    }
}

/// What is read by one request a row.
asio::awaitable<ReadScope> read_each(
    Program& program,
    const Resource& resource,
    Lease lease,
    ReadOptions options,
    std::vector<RowToAsk> rows
) {
    RowPortion portion;
    portion.rows = std::move(rows);
    ReadRowsOptions row_options;
    row_options.read = std::move(options);
    row_options.at_once = static_cast<std::size_t>(program.settings().partner_center.concurrency);
    co_return co_await read_rows(
        program.api(), resource, std::move(lease), std::move(portion), std::move(row_options)
    );
}

} // namespace

std::string left_out_text(std::size_t rejected) {
    return rejected == 0 ? "" : counted(rejected, "record") + " left out: can't be read\n";
}

asio::awaitable<LiveRows> read_live(
    Program& program, const Resource& resource, std::string customer_id, std::vector<RowToAsk> rows
) {
    if (resource.parent == nullptr)
        co_return co_await read_item(program.api(), resource, std::move(customer_id));
    Lease lease;
    lease.customer_id = std::move(customer_id);
    ReadOptions options;
    options.spool_directory = program.settings().state_directory;
    options.priority = Priority::on_demand;
    ReadScope read;
    if (resource.per_row_of != nullptr)
        read = co_await read_each(program, resource, std::move(lease), options, std::move(rows));
    else
        read = co_await read_scope(program.api(), resource, std::move(lease), options);
    LiveRows live;
    live.tables.resize(resource.tables.size());
    live.trouble = read.message;
    if (read.reading) {
        live.rejected = read.reading->rejections.size();
        for (std::size_t table = 0; table < live.tables.size(); ++table)
            read.reading->rows.read(table, [&](std::string_view bytes) {
                live.tables[table].push_back(text_row(bytes));
            });
    }
    co_return live;
}

asio::awaitable<LiveCustomers> find_live(Program& program, std::string text) {
    const Resource& customers = *catalogue().customers();
    LiveCustomers live;
    if (is_guid(text)) {
        add_customers(
            customers, co_await read_item(program.api(), customers, http::lower_case(text)), live
        );
        co_return live;
    }
    add_customers(
        customers, co_await read_matching(program.api(), customers, "Domain", text), live
    );
    // The API offers beginnings only; what is looked up is the whole domain.
    std::erase_if(live.found, [&](const MirroredCustomer& one) {
        return !same_name(one.domain, text);
    });
    add_customers(
        customers, co_await read_matching(program.api(), customers, "CompanyName", text), live
    );
    std::ranges::sort(live.found, {}, &MirroredCustomer::company_name);
    co_return live;
}

asio::awaitable<std::string> read_invitation(Program& program) {
    Call call;
    call.priority = Priority::on_demand;
    call.sign_in = SignIn::user;
    call.url = program.api().url_of("/v1/customers/relationshiprequests");
    const Answer answer = co_await program.api().get(call);
    if (answer.verdict != Verdict::ok)
        throw Error(Recovery::skip_scope, "reading the relationship request: " + answer.describe());
    const Document request = Document::parse(answer.body);
    const Document* link = request.find("/url");
    if (link == nullptr || link->text().empty())
        throw Error(Recovery::skip_scope, "the answer has no link: " + answer.describe());
    co_return link->text();
}

} // namespace pcmirror
