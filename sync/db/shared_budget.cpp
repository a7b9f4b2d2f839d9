#include "sync/db/shared_budget.hpp"

#include "config/log.hpp"
#include "migrations/libpqxx.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

constexpr const char* read_sql = R"(
select tokens, extract(epoch from refilled_at), extract(epoch from clock_timestamp()),
    coalesce(greatest(extract(epoch from blocked_until - clock_timestamp()) * 1000, 0), 0)::bigint
from pcmirror.request_budget for update)";

constexpr const char* write_sql = R"(
update pcmirror.request_budget set tokens = $1::float8, refilled_at = to_timestamp($2::float8))";

constexpr const char* block_partner_sql = R"(
update pcmirror.request_budget
set blocked_until = greatest(blocked_until, clock_timestamp() + make_interval(secs => $1::float8)))";

constexpr const char* block_customer_sql = R"(
insert into pcmirror.throttled_customers as t (customer_id, blocked_until)
values ($1::uuid, clock_timestamp() + make_interval(secs => $2::float8))
on conflict (customer_id)
    do update set blocked_until = greatest(t.blocked_until, excluded.blocked_until))";

constexpr std::chrono::milliseconds ask_again_when_lost{500};

class DatabaseBudget : public SharedBudget {
  public:
    DatabaseBudget(DatabasePool& pool, int per_minute)
        : pool_(pool), bucket_(Bucket::for_budget(per_minute)) {}

    asio::awaitable<Grant> take(int wanted) override {
        try {
            co_return co_await pool_.run(
                "taking from the request budget",
                [this, wanted](pqxx::connection& connection) { return step(connection, wanted); }
            );
        } catch (const DatabaseError& error) {
            event(Level::debug, "budget.unavailable", {{field::error, error.what()}});
        }
        co_return Grant{.ask_again_after = ask_again_when_lost};
    }

    asio::awaitable<void>
    block(std::optional<std::string> customer_id, std::chrono::milliseconds time) override {
        const double seconds = static_cast<double>(time.count()) / 1000.0;
        try {
            co_await pool_.run("recording a throttle", [&](pqxx::connection& connection) {
                pqxx::work transaction(connection);
                if (customer_id)
                    exec_bound(transaction, block_customer_sql, *customer_id, seconds);
                else
                    exec_bound(transaction, block_partner_sql, seconds);
                transaction.commit();
            });
        } catch (const DatabaseError& error) {
            // This process heeds the throttle anyway; the others will hear of it by a 429.
            event(Level::debug, "budget.unavailable", {{field::error, error.what()}});
        }
    }

  private:
    Grant step(pqxx::connection& connection, int wanted) const {
        pqxx::work transaction(connection);
        const pqxx::result row = transaction.exec(read_sql);
        BucketState state{row[0][0].as<double>(), row[0][1].as<double>()};
        const std::chrono::milliseconds blocked{row[0][3].as<std::int64_t>()};
        if (blocked.count() > 0)
            return Grant{.ask_again_after = blocked, .blocked_for = blocked};
        const Grant grant = pcmirror::take(bucket_, state, row[0][2].as<double>(), wanted);
        exec_bound(transaction, write_sql, state.tokens, state.updated_at);
        transaction.commit();
        return grant;
    }

    DatabasePool& pool_;
    Bucket bucket_;
};

} // namespace

std::unique_ptr<SharedBudget> make_database_budget(DatabasePool& pool, int per_minute) {
    return std::make_unique<DatabaseBudget>(pool, per_minute);
}

} // namespace pcmirror
