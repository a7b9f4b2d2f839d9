#include "sync/db/mirror_store.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/rejected.hpp"
#include "sync/db/scope_store.hpp"
#include "sync/db/staging.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace pcmirror {
namespace {

// Children lock their parent, so that a customer can't vanish under them. Always before scopes:
// whoever removes a customer takes the same locks in the same order.
constexpr const char* lock_customers_sql = R"(
select customer_id::text from partner_center.customers
where customer_id = any ($1::uuid[]) order by customer_id for key share)";

constexpr const char* lock_scopes_sql = R"(
select s.scope_id, s.lease_daemon is null and s.completed_token = v.token
from pcmirror.sync_scopes s
join unnest($1::bigint[], $2::bigint[]) as v (scope_id, token) using (scope_id)
where s.lease_token = v.token and (s.lease_daemon is not null or s.completed_token = v.token)
order by s.scope_id for update of s)";

constexpr const char* allow_deletes_sql = R"(
update stage_scopes s set may_delete = true, must_confirm = v.must_confirm
from unnest($1::bigint[], $2::boolean[]) as v (scope_id, must_confirm)
where s.scope_id = v.scope_id)";

// Everything of a customer that left goes; the rows of its resources were logged one by one.
constexpr const char* forget_customers_sql[] = {
    "delete from pcmirror.sync_scopes where customer_id = any ($1::uuid[])",
    "delete from pcmirror.rejected_records where customer_id = any ($1::uuid[])",
    "delete from pcmirror.touched_rows where customer_id = any ($1::uuid[])",
    "delete from pcmirror.throttled_customers where customer_id = any ($1::uuid[])",
};

// A touch that is still in force makes a digest of this reading worthless (invariant I3).
constexpr const char* end_scope_sql = R"(
update pcmirror.sync_scopes s
set state = $2, last_attempt_at = $3::timestamptz, last_error = nullif($4, ''),
    last_success_at = case when $2 = 'ok' then $3::timestamptz else last_success_at end,
    consecutive_failures = case when $2 = 'failing' then consecutive_failures + 1 else 0 end,
    row_count = $5::bigint, held_rows = $6::bigint,
    digest = case when $7 <> '' and not exists (
                 select from pcmirror.touched_rows w
                 where w.resource = any ($9::text[])
                     and w.customer_id is not distinct from s.customer_id
                     and (w.expires_at > now() or w.asked_at >= $3::timestamptz))
             then decode($7, 'hex') end,
    fingerprint = $8::bigint,
    completed_token = case when $10::boolean then lease_token else completed_token end,
    lease_daemon = case when $10::boolean then null else lease_daemon end
where scope_id = $1::bigint)";

constexpr const char* count_run_sql = R"(
update pcmirror.sync_runs
set rows_seen = rows_seen + $2::bigint, inserted = inserted + $3::bigint,
    updated = updated + $4::bigint, deleted = deleted + $5::bigint, held = held + $6::bigint,
    rejected = rejected + $7::bigint, scopes_ok = scopes_ok + $8::integer,
    scopes_failed = scopes_failed + $9::integer, scopes_held = scopes_held + $10::integer
where run_id = $1::bigint)";

constexpr const char* changes_sql = R"(
select resource, operation, key::text, coalesce(old::text, ''), coalesce(new::text, ''),
    coalesce(customer_id::text, '')
from pcmirror.change_log where run_id = $1::bigint and changed_at = now() order by change_id)";

/// One apply, from begin to commit. A small script: `run` reads top-down.
class Apply {
  public:
    Apply(
        pqxx::connection& connection,
        const Catalogue& catalogue,
        const Resource& resource,
        const std::vector<const ScopeReading*>& readings,
        const ApplyOptions& options,
        PassDeletes deletes
    )
        : transaction_(connection), catalogue_(catalogue), resource_(resource), options_(options),
          deletes_(deletes) {
        for (const ScopeReading* reading : readings) {
            ScopeReport report;
            report.scope_id = reading->lease.scope_id;
            report.customer_id = reading->lease.customer_id;
            report.seen = reading->records;
            report.rejected = reading->rejections.size();
            report.end = ScopeEnd::fenced;
            reports_.push_back(report);
            readings_[report.scope_id] = reading;
        }
    }

    ApplyResult run() {
        hold_schema(transaction_);
        lock();
        std::vector<const ScopeReading*> alive;
        for (const ScopeReport& report : reports_)
            if (takes_part(report))
                alive.push_back(readings_[report.scope_id]);
        ApplyResult result;
        if (!alive.empty()) {
            transaction_.exec(sql::create_staging(resource_));
            stage(transaction_, resource_, alive);
            leave_excluded_alone();
            decide_deletes();
            change_rows();
            store_rejected(transaction_, resource_, options_.run_id, alive);
            end_scopes();
        }
        if (options_.dry_run)
            result.changes = read_changes();
        else
            transaction_.commit();
        result.scopes = reports_;
        return result;
    }

    [[nodiscard]] const PassDeletes& deletes() const { return deletes_; }

  private:
    /// Takes the locks and marks the scopes that are still ours.
    void lock() {
        std::map<std::string, bool> known_customers;
        if (resource_.parent != nullptr) {
            ArrayLiteral customers;
            for (const ScopeReport& report : reports_)
                customers.add(report.customer_id);
            for (const auto& row : exec_bound(transaction_, lock_customers_sql, customers.text()))
                known_customers[row[0].c_str()] = true;
        }
        // A commit whose answer was lost is found here when the apply runs again.
        std::map<std::int64_t, bool> committed_before;
        if (!options_.dry_run) {
            ArrayLiteral ids;
            ArrayLiteral tokens;
            for (const auto& [scope_id, reading] : readings_) {
                ids.add_number(scope_id);
                tokens.add_number(reading->lease.token);
            }
            for (const auto& row :
                 exec_bound(transaction_, lock_scopes_sql, ids.text(), tokens.text()))
                committed_before[row[0].as<std::int64_t>()] = row[1].as<bool>();
        }
        for (ScopeReport& report : reports_) {
            const auto found = committed_before.find(report.scope_id);
            const bool ours = options_.dry_run || found != committed_before.end();
            const bool has_parent =
                resource_.parent == nullptr || known_customers.contains(report.customer_id);
            if (ours && has_parent)
                report.end = ScopeEnd::applied;
            if (found != committed_before.end() && found->second)
                report.end = ScopeEnd::committed;
        }
    }

    [[nodiscard]] static bool takes_part(const ScopeReport& report) {
        return report.end != ScopeEnd::fenced && report.end != ScopeEnd::committed;
    }

    /// Rows of customers that the configuration excludes stay as they are.
    void leave_excluded_alone() {
        if (&resource_ != catalogue_.customers() ||
            (options_.filter.include.empty() && options_.filter.exclude.empty()))
            return;
        exec_bound(
            transaction_,
            "insert into " + sql::present_table(resource_) + " select c.customer_id from " +
                sql::mirror_table(resource_.table()) + " c where " +
                excluded_condition("c", "$1", "$2"),
            like_patterns(options_.filter.include),
            like_patterns(options_.filter.exclude)
        );
    }

    void decide_deletes() {
        for (const auto& row : transaction_.exec(sql::count_missing(resource_)))
            missing_[row[0].as<std::int64_t>()] = {
                row[1].as<std::uint64_t>(), row[2].as<std::uint64_t>(), row[3].as<std::uint64_t>()};
        ArrayLiteral allowed;
        ArrayLiteral must_confirm;
        bool unconfirmed = false;
        for (ScopeReport& report : reports_) {
            if (!takes_part(report))
                continue;
            const ScopeReading& reading = *readings_[report.scope_id];
            if (judge(report, reading, missing_[report.scope_id])) {
                allowed.add_number(report.scope_id);
                must_confirm.add(reading.must_confirm ? "true" : "false");
            }
            unconfirmed = unconfirmed || report.end == ScopeEnd::unconfirmed;
        }
        exec_bound(transaction_, allow_deletes_sql, allowed.text(), must_confirm.text());
        if (unconfirmed)
            list_missing();
    }

    /// Decides how the scope ends, and whether rows may be deleted: the guard, and whether absence
    /// is proven (contract, rules 1 and 3; invariant I1).
    bool judge(ScopeReport& report, const ScopeReading& reading, const Missing& missing) {
        report.end = reading.trouble.empty() ? ScopeEnd::applied : ScopeEnd::failing;
        report.message = reading.trouble;
        if (!reading.complete || missing.lacking == 0)
            return false;
        const bool asks_more =
            reading.must_confirm && !reading.confirmed && missing.confirmed < missing.lacking;
        const std::uint64_t doomed =
            reading.must_confirm && !asks_more ? missing.confirmed : missing.lacking;
        const std::string limit = exceeded_limit(options_.guard, doomed, missing.rows, deletes_);
        if (!limit.empty() && !options_.allow_deletes) {
            report.end = ScopeEnd::held;
            report.held = doomed;
            report.message = held_message(report, missing, limit);
            return false;
        }
        if (asks_more) {
            report.end = ScopeEnd::unconfirmed;
            return false;
        }
        deletes_.deleted += doomed;
        return true;
    }

    [[nodiscard]] std::string held_message(
        const ScopeReport& report, const Missing& missing, const std::string& limit
    ) const {
        const std::string customer =
            report.customer_id.empty() ? "" : " --customer " + report.customer_id;
        return fmt::format(
            "would delete {} of {} rows, more than {}; to let it: pcmirror sync {}{} "
            "--allow-deletes",
            report.held,
            missing.rows,
            limit,
            resource_.name,
            customer
        );
    }

    void list_missing() {
        const auto width = static_cast<int>(sql::key_columns(resource_.table()).size());
        for (const auto& row : transaction_.exec(sql::list_missing(resource_))) {
            KeyText key;
            for (int at = 1; at <= width; ++at)
                key.emplace_back(row[at].c_str());
            for (ScopeReport& report : reports_)
                if (report.scope_id == row[0].as<std::int64_t>() &&
                    report.end == ScopeEnd::unconfirmed)
                    report.missing.push_back(std::move(key));
        }
    }

    void change_rows() {
        if (&resource_ == catalogue_.customers())
            remove_leaving_customers();
        for (std::size_t index = resource_.tables.size(); index-- > 0;)
            count(sql::delete_rows(resource_, resource_.tables[index]), &ScopeReport::deleted);
        for (const Table& table : resource_.tables) {
            count(sql::update_rows(resource_, table), &ScopeReport::updated);
            count(sql::insert_rows(resource_, table), &ScopeReport::inserted);
        }
    }

    void count(const std::string& sql, std::uint64_t ScopeReport::*figure) {
        for (const auto& row : exec_bound(transaction_, sql, options_.run_id))
            for (ScopeReport& report : reports_)
                if (report.scope_id == row[0].as<std::int64_t>())
                    report.*figure += row[1].as<std::uint64_t>();
    }

    /// A customer that leaves takes its rows and scopes along (contract, rule 4).
    void remove_leaving_customers() {
        ArrayLiteral leaving;
        const pqxx::result rows = transaction_.exec(sql::lock_leaving_customers(resource_));
        if (rows.empty())
            return;
        for (const auto& row : rows)
            leaving.add(row[0].c_str());
        for (const Resource* child : catalogue_) {
            if (child->parent != &resource_)
                continue;
            for (const Table& table : child->tables)
                exec_bound(
                    transaction_, sql::delete_children(table), options_.run_id, leaving.text()
                );
        }
        for (const char* sql : forget_customers_sql)
            exec_bound(transaction_, sql, leaving.text());
    }

    void end_scopes() {
        std::vector<std::string> tables;
        for (const Table& table : resource_.tables)
            tables.emplace_back(table.name);
        for (const ScopeReport& report : reports_) {
            if (!takes_part(report))
                continue;
            end_scope(report, *readings_[report.scope_id], text_array(tables));
            count_run(report);
        }
    }

    void
    end_scope(const ScopeReport& report, const ScopeReading& reading, const std::string& tables) {
        const bool whole = report.end == ScopeEnd::applied && reading.complete &&
                           reading.rejections.empty() && all_missing_gone(report, reading);
        const char* state = report.end == ScopeEnd::held      ? "held"
                            : report.end == ScopeEnd::failing ? "failing"
                                                              : "ok";
        exec_bound(
            transaction_,
            end_scope_sql,
            report.scope_id,
            state,
            reading.lease.asked_at,
            report.message,
            mirrored_rows(report.scope_id),
            report.held,
            whole ? reading.rows.digest().hex() : std::string(),
            static_cast<std::int64_t>(reading.fingerprint),
            tables,
            report.end != ScopeEnd::unconfirmed
        );
    }

    /// Rows that the listing lacked, but that are there when asked for, make the digest a lie.
    bool all_missing_gone(const ScopeReport& report, const ScopeReading& reading) {
        const Missing& missing = missing_[report.scope_id];
        return !reading.must_confirm || missing.confirmed == missing.lacking;
    }

    /// Rows of the scope's first table now. The figures of `report` count nested tables, too.
    std::uint64_t mirrored_rows(std::int64_t scope_id) {
        const std::string table = sql::mirror_table(resource_.table());
        const pqxx::result row = exec_bound(
            transaction_,
            "select count(*) from " + table + " t, stage_scopes s where s.scope_id = $1::bigint" +
                (resource_.parent == nullptr ? "" : " and t.customer_id = s.customer_id"),
            scope_id
        );
        return row[0][0].as<std::uint64_t>();
    }

    void count_run(const ScopeReport& report) {
        exec_bound(
            transaction_,
            count_run_sql,
            options_.run_id,
            // The scope itself is counted when its absent rows are asked about, by its second
            // apply.
            report.end == ScopeEnd::unconfirmed ? 0 : report.seen,
            report.inserted,
            report.updated,
            report.deleted,
            report.held,
            report.end == ScopeEnd::unconfirmed ? 0 : report.rejected,
            report.end == ScopeEnd::applied ? 1 : 0,
            report.end == ScopeEnd::failing ? 1 : 0,
            report.end == ScopeEnd::held ? 1 : 0
        );
    }

    /// Whether a change belongs to a scope whose second apply, after this one was rolled back, will
    /// make it again.
    [[nodiscard]] bool comes_again(std::string_view customer_id) const {
        return std::ranges::any_of(reports_, [&](const ScopeReport& report) {
            return report.end == ScopeEnd::unconfirmed &&
                   (resource_.parent == nullptr || report.customer_id == customer_id);
        });
    }

    std::vector<Change> read_changes() {
        std::vector<Change> changes;
        for (const auto& row : exec_bound(transaction_, changes_sql, options_.run_id))
            if (!comes_again(row[5].c_str()))
                changes.push_back(
                    {row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str(), row[4].c_str()}
                );
        return changes;
    }

    pqxx::work transaction_;
    const Catalogue& catalogue_;
    const Resource& resource_;
    const ApplyOptions& options_;
    PassDeletes deletes_;
    std::vector<ScopeReport> reports_;
    std::map<std::int64_t, const ScopeReading*> readings_;
    std::map<std::int64_t, Missing> missing_;
};

} // namespace

asio::awaitable<ApplyResult> MirrorStore::apply(
    const Resource& resource,
    std::vector<const ScopeReading*> readings,
    ApplyOptions options,
    PassDeletes& deletes
) {
    PassDeletes counted;
    ApplyResult result =
        co_await pool_->run("applying what was read", [&](pqxx::connection& connection) {
            Apply apply(connection, *catalogue_, resource, readings, options, deletes);
            ApplyResult applied = apply.run();
            counted = apply.deletes();
            return applied;
        });
    deletes.deleted = counted.deleted;
    co_return result;
}

} // namespace pcmirror
