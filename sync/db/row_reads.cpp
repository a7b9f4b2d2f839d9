#include "sync/db/row_reads.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/catalogue.hpp"
#include "schema/sql.hpp"
#include "schema/sql_reads.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/row_search.hpp"

#include <algorithm>
#include <limits>

namespace pcmirror {
namespace {

constexpr const char* place_portions_sql = R"(
update pcmirror.row_reads k
set whole = v.whole, read_to = nullif(v.read_to, ''), rolled_at = to_timestamp(v.rolled_at),
    hunt_class = nullif(v.hunt_class, -1), hunt_to = nullif(v.hunt_to, ''),
    hunted = nullif(v.hunted, '')::jsonb, lease_token = v.token, portion = v.number,
    guard_since = case when v.deleted + v.in_order = 0 then null
                       when k.guard_since > now() - interval '1 day' then k.guard_since
                       else now() end,
    guard_deleted = v.deleted, guard_in_order = v.in_order,
    guard_deleted_in_order = v.deleted_in_order,
    applied_at = now(), whole_read_at = case when v.whole_read then now() else k.whole_read_at end
from unnest($2::uuid[], $3::boolean[], $4::text[], $5::double precision[], $6::integer[],
    $7::text[], $8::text[], $9::bigint[], $10::integer[], $11::bigint[], $12::bigint[],
    $13::bigint[], $14::boolean[])
    as v (customer_id, whole, read_to, rolled_at, hunt_class, hunt_to, hunted, token, number,
    deleted, in_order, deleted_in_order, whole_read)
where k.customer_id = v.customer_id and k.resource = $1)";

constexpr const char* settle_owed_sql =
    "delete from pcmirror.owed_reads where owed_id = any ($1::bigint[])";

constexpr const char* owe_sql = R"(
insert into pcmirror.owed_reads (resource, customer_id, row_id, again)
select $1, * from unnest($2::uuid[], $3::text[], $4::boolean[]) )";

} // namespace

double rolling_period(double full_every, double pass_every) {
    return std::max(full_every - std::min(pass_every, full_every / 2), 1.0);
}

double rolling_period(const RowReadOptions& options) {
    const auto seconds = [](std::chrono::milliseconds time) {
        return std::chrono::duration<double>(time).count();
    };
    return rolling_period(seconds(options.full_every), seconds(options.pass_every));
}

asio::awaitable<std::optional<RowPortion>> RowReadStore::next(
    const Resource& resource, Lease lease, RowProgress& progress, RowReadOptions options
) {
    RowProgress changed;
    auto portion = co_await pool_->run("choosing rows to ask", [&](pqxx::connection& connection) {
        changed = progress;
        return search_rows(connection, resource, lease, changed, options);
    });
    progress = changed;
    co_return portion;
}

asio::awaitable<std::uint64_t> RowReadStore::expected(
    const Resource& resource, std::vector<std::string> customers, RowReadOptions options
) {
    co_return co_await pool_->run("counting rows to ask about", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        const pqxx::result load = exec_bound(
            transaction,
            sql::RowReads(resource).load(),
            std::string(resource.name),
            static_cast<std::int64_t>(fingerprint(resource)),
            text_array(customers),
            options.full,
            rolling_period(options)
        );
        return load[0][0].as<std::uint64_t>() + load[0][1].as<std::uint64_t>() +
               load[0][3].as<std::uint64_t>();
    });
}

asio::awaitable<std::vector<RowToAsk>>
RowReadStore::all_rows(const Resource& resource, std::string customer_id) {
    co_return co_await pool_->run("reading rows to ask about", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        const std::string sql = sql::RowReads(resource).first_rows();
        std::vector<RowToAsk> rows;
        for (const auto& row :
             exec_bound(transaction, sql, customer_id, std::numeric_limits<std::int64_t>::max()))
            rows.push_back({row[0].c_str(), row[1].as<bool>()});
        return rows;
    });
}

asio::awaitable<std::map<std::string, std::uint64_t>>
RowReadStore::held(const Resource& resource, std::vector<std::string> customers) {
    co_return co_await pool_->run("counting held rows", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        std::map<std::string, std::uint64_t> held;
        for (const auto& row : exec_bound(
                 transaction,
                 sql::RowReads(resource).guarded(),
                 text_array(customers),
                 std::string(resource.name)
             ))
            if (const auto rows = row[1].as<std::uint64_t>(); rows > 0)
                held[row[0].c_str()] = rows;
        return held;
    });
}

namespace {

/// Portions, a column each.
struct PortionArrays {
    ArrayLiteral customers;
    ArrayLiteral whole;
    ArrayLiteral whole_read;
    ArrayLiteral read_to;
    ArrayLiteral rolled_at;
    ArrayLiteral hunt_class;
    ArrayLiteral hunt_to;
    ArrayLiteral hunted;
    ArrayLiteral tokens;
    ArrayLiteral numbers;
    ArrayLiteral deleted;
    ArrayLiteral in_order;
    ArrayLiteral deleted_in_order;

    void add(const ScopeReading& reading, const ScopeCounts& counted) {
        const RowPlace& place = reading.portion->place;
        customers.add(reading.lease.customer_id);
        whole.add_flag(place.whole);
        whole_read.add_flag(place.whole_read);
        read_to.add(place.read_to);
        rolled_at.add(std::to_string(place.rolled_at));
        hunt_class.add_number(place.hunt_class);
        hunt_to.add(place.hunt_to);
        hunted.add(place.hunted);
        tokens.add_number(reading.lease.token);
        numbers.add_number(reading.portion->number);
        deleted.add_number(static_cast<long long>(counted.deleted));
        in_order.add_number(static_cast<long long>(counted.in_order));
        deleted_in_order.add_number(static_cast<long long>(counted.deleted_in_order));
    }
};

void place_portions(
    pqxx::transaction_base& transaction,
    const std::string& resource,
    const std::vector<const ScopeReading*>& readings,
    const std::map<std::string, ScopeCounts>& counts
) {
    PortionArrays arrays;
    for (const ScopeReading* reading : readings)
        arrays.add(*reading, counts.at(reading->lease.customer_id));
    exec_bound(
        transaction,
        place_portions_sql,
        resource,
        arrays.customers.text(),
        arrays.whole.text(),
        arrays.read_to.text(),
        arrays.rolled_at.text(),
        arrays.hunt_class.text(),
        arrays.hunt_to.text(),
        arrays.hunted.text(),
        arrays.tokens.text(),
        arrays.numbers.text(),
        arrays.deleted.text(),
        arrays.in_order.text(),
        arrays.deleted_in_order.text(),
        arrays.whole_read.text()
    );
}

void settle_and_owe(
    pqxx::transaction_base& transaction,
    const std::string& resource,
    const std::vector<const ScopeReading*>& readings
) {
    ArrayLiteral settled;
    ArrayLiteral owing;
    ArrayLiteral owed;
    ArrayLiteral again;
    for (const ScopeReading* reading : readings) {
        for (const std::int64_t id : reading->portion->owed)
            settled.add_number(id);
        for (const RowOwed& row : reading->owe) {
            owing.add(reading->lease.customer_id);
            owed.add(row.id);
            again.add_flag(row.again);
        }
    }
    exec_bound(transaction, settle_owed_sql, settled.text());
    exec_bound(
        transaction,
        owe_sql + std::string(sql::owe_once),
        resource,
        owing.text(),
        owed.text(),
        again.text()
    );
}

} // namespace

void write_portions(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings,
    const std::map<std::string, ScopeCounts>& counts
) {
    const std::string name(resource.name);
    place_portions(transaction, name, readings, counts);
    settle_and_owe(transaction, name, readings);
}

} // namespace pcmirror
