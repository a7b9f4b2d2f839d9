#include "sync/db/shared_budget.hpp"

#include "config/log.hpp"
#include "migrations/libpqxx.hpp"

#include <algorithm>
#include <optional>

namespace pcmirror {
namespace {

// All daemons wait for this row: one that freezes here is not waited for as long as elsewhere.
constexpr const char* read_sql = R"(
set local idle_in_transaction_session_timeout = '5s';
select tokens, extract(epoch from refilled_at), extract(epoch from clock_timestamp()),
    coalesce(greatest(extract(epoch from blocked_until - clock_timestamp()) * 1000, 0), 0)::bigint
from pcmirror.request_budget for update)";

constexpr const char* read_hold_sql = R"(
select coalesce(greatest(extract(epoch from blocked_until - clock_timestamp()) * 1000, 0), 0)::bigint
from pcmirror.request_budget)";

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
constexpr std::chrono::seconds longest_absence{60};

bool may_pass(const DatabaseError& error) {
    return error.trouble() == DatabaseTrouble::unreachable ||
           error.trouble() == DatabaseTrouble::in_doubt ||
           error.recovery() == Recovery::retry_later;
}

Grant held_for(std::chrono::milliseconds time) {
    return Grant{.ask_again_after = time, .blocked_for = time};
}

/// Only asks whether somebody was throttled.
Grant take_without_limit(pqxx::connection& connection, int wanted) {
    const pqxx::result row = pqxx::nontransaction(connection).exec(read_hold_sql);
    const std::chrono::milliseconds blocked{row.empty() ? 0 : row[0][0].as<std::int64_t>()};
    if (blocked.count() > 0)
        return held_for(blocked);
    return Grant{.requests = wanted, .valid_for = Bucket::grant_life};
}

/// Takes from the bucket; for pool threads, which may still be at it when the budget has gone.
Grant take_from(pqxx::connection& connection, const Bucket& bucket, int wanted) {
    pqxx::work transaction(connection);
    pqxx::result row = transaction.exec(read_sql);
    if (row.empty()) {
        // A restore may have left it out.
        transaction.exec("insert into pcmirror.request_budget default values on conflict do nothing"
        );
        row = transaction.exec(read_sql);
    }
    BucketState state{row[0][0].as<double>(), row[0][1].as<double>()};
    const std::chrono::milliseconds blocked{row[0][3].as<std::int64_t>()};
    if (blocked.count() > 0)
        return held_for(blocked);
    const Grant grant = pcmirror::take(bucket, state, row[0][2].as<double>(), wanted);
    exec_bound(transaction, write_sql, state.tokens, state.updated_at);
    transaction.commit();
    return grant;
}

class DatabaseBudget : public SharedBudget {
  public:
    DatabaseBudget(DatabasePool& pool, int per_minute, Clock& clock)
        : pool_(pool), limited_(per_minute > 0), bucket_(Bucket::for_budget(per_minute)),
          clock_(clock) {}

    asio::awaitable<Grant> take(int wanted) override {
        const auto work = [limited = limited_, bucket = bucket_, wanted](pqxx::connection& on) {
            return limited ? take_from(on, bucket, wanted) : take_without_limit(on, wanted);
        };
        try {
            const Grant grant = co_await pool_.run("taking from the request budget", work);
            lost_since_.reset();
            co_return grant;
        } catch (const DatabaseError& error) {
            if (!may_pass(error) || has_been_lost_for_long())
                throw;
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
    /// The next who asks gets a whole minute again.
    bool has_been_lost_for_long() {
        if (!lost_since_)
            lost_since_ = clock_.now();
        const bool long_enough = clock_.now() - *lost_since_ >= longest_absence;
        if (long_enough)
            lost_since_.reset();
        return long_enough;
    }

    DatabasePool& pool_;
    bool limited_;
    Bucket bucket_;
    Clock& clock_;
    std::optional<Instant> lost_since_; ///< the first failure since it last answered
};

} // namespace

std::unique_ptr<SharedBudget>
make_database_budget(DatabasePool& pool, int per_minute, Clock& clock) {
    return std::make_unique<DatabaseBudget>(pool, per_minute, clock);
}

} // namespace pcmirror
