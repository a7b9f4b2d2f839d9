#include "sync/write/refresh_store.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/scope_diff.hpp"
#include "sync/db/staging.hpp"

#include <map>
#include <optional>

namespace pcmirror {
namespace {

// As long as reads may lag behind a write (platform page, section 7).
constexpr const char* touch_sql = R"(
insert into pcmirror.touched_rows (resource, customer_id, key, asked_at, before, expires_at)
select $1, nullif($2, '')::uuid, v.key, $3::timestamptz, v.before, now() + interval '15 minutes'
from unnest($4::jsonb[], $5::jsonb[]) as v (key, before)
on conflict (resource, customer_id, key) do update
set asked_at = excluded.asked_at, before = excluded.before, expires_at = excluded.expires_at)";

// A later change is no stale reading of what was before an earlier one.
constexpr const char* forget_touches_sql = R"(
delete from pcmirror.touched_rows
where resource = $1 and customer_id is not distinct from nullif($2, '')::uuid
    and key = any ($3::jsonb[]))";

constexpr const char* lock_customer_sql =
    "select from partner_center.customers where customer_id = $1::uuid for key share";

// Whoever applies a poll of the scope waits, and sees the touches then.
constexpr const char* lock_scope_sql = R"(
select scope_id from pcmirror.sync_scopes
where resource = $1 and customer_id is not distinct from nullif($2, '')::uuid for update)";

constexpr const char* distrust_sql = R"(
update pcmirror.sync_scopes
set digest = null, row_count = row_count + $2::bigint
where scope_id = $1::bigint)";

constexpr const char* due_sql = R"(
update pcmirror.sync_scopes set digest = null, last_attempt_at = null
where resource = $1 and customer_id is not distinct from nullif($2, '')::uuid)";

/// One apply; lives for one transaction. Read it from `run`.
class Refresh {
  public:
    Refresh(
        pqxx::connection& connection,
        const Resource& resource,
        const ScopeReading& reading,
        std::int64_t job_id
    )
        : work_(connection), resource_(resource), reading_(reading), job_id_(job_id) {}

    void run() {
        hold_schema(work_);
        exec_bound(
            work_, "select set_config('pcmirror.job_id', $1, true)", std::to_string(job_id_)
        );
        if (!lock())
            return;
        stage();
        const bool any = note_rows();
        if (any)
            change_rows();
        work_.commit();
    }

  private:
    [[nodiscard]] std::string name() const { return std::string(resource_.name); }

    [[nodiscard]] const std::string& customer() const { return reading_.lease.customer_id; }

    [[nodiscard]] std::string customer_of_rows() const {
        return resource_.parent == nullptr ? std::string() : customer();
    }

    bool lock() {
        if (resource_.parent != nullptr && exec_bound(work_, lock_customer_sql, customer()).empty())
            return false;
        const pqxx::result scope = exec_bound(work_, lock_scope_sql, name(), customer_of_rows());
        if (!scope.empty())
            scope_id_ = scope[0][0].as<std::int64_t>();
        return true;
    }

    void stage() {
        work_.exec(sql::create_staging(resource_));
        stage_scopes(work_, resource_, {&reading_});
        work_.exec("update stage_scopes set may_delete = true");
        ScopeDiffs diffs;
        diffs[reading_.lease.scope_id] = {};
        stage_rows(work_, resource_, {&reading_}, diffs);
    }

    /// Remembers what the rows were before, for `touch`.
    bool note_rows() {
        for (const auto& row : work_.exec(sql::rows_to_touch(resource_))) {
            keys_.add(row[0].c_str());
            before_.add_or_null(row[1].is_null() ? "" : row[1].c_str());
            any_ = true;
        }
        return any_;
    }

    void change_rows() {
        const std::string table(resource_.table().name);
        exec_bound(work_, forget_touches_sql, table, customer_of_rows(), keys_.text());
        long long more = 0;
        if (resource_.per_row_of != nullptr)
            more -= changed(sql::delete_rows(resource_, resource_.table(), false));
        for (std::size_t at = 1; at < resource_.tables.size(); ++at)
            changed(sql::delete_rows(resource_, resource_.tables[at], false));
        for (const Table& one : resource_.tables) {
            const bool is_first = &one == &resource_.table();
            changed(sql::update_rows(resource_, one, is_first && is_outer()));
            const long long added =
                changed(sql::insert_rows(resource_, one, is_first && is_outer()));
            more += is_first ? added : 0;
        }
        exec_bound(
            work_,
            touch_sql,
            table,
            customer_of_rows(),
            reading_.lease.asked_at,
            keys_.text(),
            before_.text()
        );
        if (scope_id_)
            exec_bound(work_, distrust_sql, *scope_id_, more);
    }

    /// Others are read by requests for rows of this one, and are told of new and returned ones.
    [[nodiscard]] bool is_outer() const { return !resource_.reread_when.empty(); }

    long long changed(const std::string& sql) {
        long long rows = 0;
        for (const auto& row : exec_bound(work_, sql, std::optional<std::int64_t>()))
            rows += row[1].as<long long>();
        return rows;
    }

    pqxx::work work_;
    const Resource& resource_;
    const ScopeReading& reading_;
    std::int64_t job_id_;
    std::optional<std::int64_t> scope_id_;
    ArrayLiteral keys_;
    ArrayLiteral before_;
    bool any_ = false;
};

} // namespace

asio::awaitable<std::string> RefreshStore::now() {
    co_return co_await pool_->run("asking for the time", [](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        return std::string(transaction.exec("select clock_timestamp()::text")[0][0].c_str());
    });
}

asio::awaitable<void>
RefreshStore::apply(const Resource& resource, const ScopeReading& reading, std::int64_t job_id) {
    co_await pool_->run("refreshing what a job changed", [&](pqxx::connection& connection) {
        Refresh(connection, resource, reading, job_id).run();
    });
}

asio::awaitable<void> RefreshStore::make_due(std::string resource, std::string customer_id) {
    co_await pool_->run("making a scope due", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        exec_bound(work, due_sql, resource, customer_id);
        work.commit();
    });
}

} // namespace pcmirror
