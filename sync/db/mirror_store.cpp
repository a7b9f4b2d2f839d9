#include "sync/db/mirror_store.hpp"

#include "config/log.hpp"
#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "schema/counted.hpp"
#include "schema/sql.hpp"
#include "schema/sql_reads.hpp"
#include "sync/db/added_rows.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/delete_guard.hpp"
#include "sync/db/excluded.hpp"
#include "sync/db/leaving.hpp"
#include "sync/db/rejected.hpp"
#include "sync/db/row_reads.hpp"
#include "sync/db/scope_diff.hpp"
#include "sync/db/scope_end.hpp"
#include "sync/db/scope_locks.hpp"
#include "sync/db/staging.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <utility>

namespace pcmirror {
namespace {

constexpr const char* allow_deletes_sql = R"(
update stage_scopes s set may_delete = true, must_confirm = v.must_confirm
from unnest($1::bigint[], $2::boolean[]) as v (scope_id, must_confirm)
where s.scope_id = v.scope_id)";

constexpr const char* changes_sql = R"(
select resource, operation, key::text, coalesce(old::text, ''), coalesce(new::text, ''),
    coalesce(customer_id::text, '')
from pcmirror.change_log where run_id = $1::bigint and changed_at = now() order by change_id)";

bool has_readers(const Catalogue& catalogue, const Resource& resource) {
    return std::ranges::any_of(catalogue, [&](const Resource* other) {
        return other->per_row_of == &resource;
    });
}

/// One apply, from begin to before its commit. A small script: `run` reads top-down.
class Apply {
  public:
    Apply(
        pqxx::connection& connection,
        const Catalogue& catalogue,
        const Resource& resource,
        const std::vector<const ScopeReading*>& readings,
        const ApplyOptions& options,
        PassDeletes& deletes,
        bool trust_hashes
    )
        : transaction_(connection), catalogue_(catalogue), resource_(resource), options_(options),
          trust_hashes_(trust_hashes),
          guard_(resource, {options.guard, options.allow_deletes}, deletes),
          is_outer_(has_readers(catalogue, resource)) {
        for (const ScopeReading* reading : readings) {
            ScopeReport report;
            report.scope_id = reading->lease.scope_id;
            report.customer_id = reading->lease.customer_id;
            // The first apply of a scope that was unconfirmed has counted them.
            if (!reading->confirmed) {
                report.rows.seen = reading->records;
                report.rows.rejected = reading->rejections.size();
            }
            report.end = ScopeEnd::fenced;
            reports_.push_back(report);
            readings_[report.scope_id] = reading;
        }
    }

    ApplyResult run() {
        hold_schema(transaction_);
        const std::map<std::int64_t, ScopeEnd> locked =
            lock_scopes(transaction_, resource_, readings_, options_.dry_run);
        for (ScopeReport& report : reports_)
            report.end = locked.at(report.scope_id);
        std::vector<const ScopeReading*> alive;
        for (const ScopeReport& report : reports_)
            if (takes_part(report))
                alive.push_back(readings_[report.scope_id]);
        ApplyResult result;
        if (!alive.empty()) {
            compare(alive);
            decide_deletes();
            change_rows(alive);
            store_rejected(transaction_, resource_, options_.run.run_id, alive);
            clear_rejected(transaction_, resource_, alive);
            if (resource_.per_row_of != nullptr)
                end_portions(alive);
            end();
        }
        if (options_.dry_run)
            result.changes = take_changes();
        result.scopes = reports_;
        return result;
    }

    void commit() {
        if (!options_.dry_run)
            transaction_.commit();
    }

  private:
    [[nodiscard]] static bool takes_part(const ScopeReport& report) {
        return report.end != ScopeEnd::fenced && report.end != ScopeEnd::committed;
    }

    /// Finds out what is new. What hashes can't tell is staged, and compared in the tables.
    void compare(const std::vector<const ScopeReading*>& alive) {
        if (guard_.open(transaction_, alive)) {
            stage(alive);
            guard_.judge_anew(transaction_);
        }
        diffs_ = diff_scopes(transaction_, resource_, alive, trust_hashes_);
        staged_ = std::ranges::any_of(diffs_, [](const auto& of_scope) {
            const ScopeDiff& diff = of_scope.second;
            return !diff.known || diff.changed > 0 || diff.lacking > 0;
        });
        if (!staged_)
            return;
        stage(alive);
        stage_rows(transaction_, resource_, alive, diffs_);
        stage_lacking(transaction_, resource_, alive, diffs_);
        leave_excluded_alone();
    }

    void stage(const std::vector<const ScopeReading*>& alive) {
        if (std::exchange(has_stage_, true))
            return;
        transaction_.exec(sql::create_staging(resource_));
        stage_scopes(transaction_, resource_, alive);
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
        if (staged_)
            for (const auto& row : transaction_.exec(sql::count_missing(resource_)))
                missing_[row[0].as<std::int64_t>()] = {
                    row[1].as<std::uint64_t>(),
                    row[2].as<std::uint64_t>(),
                    row[3].as<std::uint64_t>()};
        const std::int64_t run_id = options_.run.run_id;
        const bool any_lacking = std::ranges::any_of(missing_, [](const auto& of_scope) {
            return of_scope.second.lacking > 0;
        });
        if (any_lacking)
            guard_.count_others(transaction_, run_id);
        ArrayLiteral allowed;
        ArrayLiteral must_confirm;
        bool unconfirmed = false;
        for (ScopeReport& report : reports_) {
            if (!takes_part(report))
                continue;
            const ScopeReading& reading = *readings_[report.scope_id];
            if (guard_.judge(
                    report, reading, missing_[report.scope_id], diffs_.at(report.scope_id).covered
                )) {
                allowed.add_number(report.scope_id);
                must_confirm.add_flag(reading.must_confirm);
            }
            unconfirmed = unconfirmed || report.end == ScopeEnd::unconfirmed;
        }
        guard_.count_for_others(transaction_, run_id);
        if (staged_)
            exec_bound(transaction_, allow_deletes_sql, allowed.text(), must_confirm.text());
        if (unconfirmed)
            list_missing();
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
                    report.missing.push_back(key);
        }
    }

    void change_rows(const std::vector<const ScopeReading*>& alive) {
        if (staged_)
            change_staged_rows();
        const std::int64_t run_id = options_.run.run_id;
        insert_added(transaction_, resource_, run_id, is_outer(resource_.table()), alive, diffs_);
        for (ScopeReport& report : reports_)
            if (takes_part(report))
                report.rows.inserted += diffs_.at(report.scope_id).added;
    }

    void change_staged_rows() {
        // The run that takes a customer away counts all that goes with it, as its log does.
        if (&resource_ == catalogue_.customers())
            reports_.front().rows.deleted +=
                remove_leaving_customers(transaction_, catalogue_, resource_, options_.run.run_id);
        for (std::size_t index = resource_.tables.size(); index-- > 0;) {
            const Table& table = resource_.tables[index];
            count(sql::delete_rows(resource_, table, is_outer(table)), &RowFigures::deleted);
        }
        for (const Table& table : resource_.tables) {
            count(sql::update_rows(resource_, table, is_outer(table)), &RowFigures::updated);
            count(sql::insert_rows(resource_, table, is_outer(table)), &RowFigures::inserted);
        }
        const bool any_deleted = std::ranges::any_of(reports_, [](const ScopeReport& report) {
            return report.rows.deleted > 0;
        });
        if (any_deleted)
            for (const Resource* reader : catalogue_)
                if (reader->per_row_of == &resource_)
                    transaction_.exec(sql::forget_gone(*reader));
    }

    /// Whether others are read by requests for the rows of a table.
    [[nodiscard]] bool is_outer(const Table& table) const {
        return is_outer_ && &table == &resource_.table();
    }

    void count(const std::string& sql, std::uint64_t RowFigures::*figure) {
        for (const auto& row : exec_bound(transaction_, sql, options_.run.run_id))
            for (ScopeReport& report : reports_)
                if (report.scope_id == row[0].as<std::int64_t>())
                    report.rows.*figure += row[1].as<std::uint64_t>();
    }

    /// A portion was applied: whoever reads the scope goes on.
    void end_portions(const std::vector<const ScopeReading*>& alive) {
        guard_.hold(transaction_, reports_);
        std::map<std::string, ScopeCounts> counts;
        for (const ScopeReport& report : reports_)
            counts[report.customer_id] = guard_.counts_after(report);
        write_portions(transaction_, resource_, alive, counts);
        for (ScopeReport& report : reports_)
            if (takes_part(report))
                report.end = ScopeEnd::unfinished;
    }

    void end() {
        std::vector<AppliedScope> applied;
        for (const ScopeReport& report : reports_) {
            if (!takes_part(report))
                continue;
            const ScopeReading& reading = *readings_[report.scope_id];
            const bool whole = report.end == ScopeEnd::applied && reading.complete &&
                               reading.rejections.empty() && all_missing_gone(reading);
            applied.push_back({&reading, &report, whole});
        }
        end_scopes(transaction_, resource_, options_.run, applied);
        keep(applied);
    }

    /// So that the next listing can be compared without reading the rows.
    void keep(const std::vector<AppliedScope>& applied) {
        std::vector<KeptScope> whole;
        for (const AppliedScope& scope : applied)
            if (scope.whole && resource_.per_row_of == nullptr)
                whole.push_back({scope.reading, &diffs_.at(scope.report->scope_id)});
        if (!whole.empty() && !options_.dry_run)
            keep_for_next_time(transaction_, whole);
    }

    /// Rows that the listing lacked, but that are there when asked for, make the digest a lie.
    bool all_missing_gone(const ScopeReading& reading) {
        const Missing& missing = missing_[reading.lease.scope_id];
        return !reading.must_confirm || missing.confirmed == missing.lacking;
    }

    /// Whether a change belongs to a scope whose second apply, after this one was rolled back, will
    /// make it again.
    [[nodiscard]] bool comes_again(std::string_view customer_id) const {
        return std::ranges::any_of(reports_, [&](const ScopeReport& report) {
            return report.end == ScopeEnd::unconfirmed &&
                   (resource_.parent == nullptr || report.customer_id == customer_id);
        });
    }

    /// What a dry run shows: all that was changed before it is rolled back.
    std::vector<Change> take_changes() {
        for (ScopeReport& report : reports_)
            if (report.end == ScopeEnd::unconfirmed)
                report.rows.inserted = report.rows.updated = report.rows.deleted = 0;
        std::vector<Change> changes;
        for (const auto& row : exec_bound(transaction_, changes_sql, options_.run.run_id))
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
    bool trust_hashes_;
    DeleteGuard guard_;
    bool is_outer_;
    bool has_stage_ = false;
    bool staged_ = false; ///< something is compared in the tables
    ScopeDiffs diffs_;
    std::vector<ScopeReport> reports_;
    std::map<std::int64_t, const ScopeReading*> readings_;
    std::map<std::int64_t, Missing> missing_;
};

/// Where the repeat of an apply finds that the first one was committed, what that one wrote counts.
void recall(const std::optional<InDoubt>& first, ApplyResult& repeat, PassDeletes& deletes) {
    for (std::size_t at = 0; first && at < repeat.scopes.size(); ++at)
        if (repeat.scopes[at].end == ScopeEnd::committed) {
            repeat.scopes[at] = first->scopes[at];
            deletes = first->deletes;
        }
}

} // namespace

asio::awaitable<ApplyResult> MirrorStore::apply(
    const Resource& resource,
    std::vector<const ScopeReading*> readings,
    ApplyOptions options,
    PassDeletes& deletes,
    std::optional<InDoubt>& in_doubt
) {
    ApplyResult result;
    PassDeletes counted;
    const auto work = [&](pqxx::connection& connection) {
        const auto apply_once = [&](bool trust_hashes) {
            counted = deletes;
            Apply apply(
                connection, *catalogue_, resource, readings, options, counted, trust_hashes
            );
            result = apply.run();
            apply.commit();
        };
        try {
            apply_once(true);
            return;
        } catch (const HashesMislead& misled) {
            event(
                Level::warn,
                "hashes.misled",
                {{field::resource, resource.name}, {field::error, misled.what()}}
            );
        }
        apply_once(false);
    };
    try {
        co_await pool_->run("applying what was read", work);
    } catch (const DatabaseError& error) {
        if (error.trouble() == DatabaseTrouble::in_doubt) {
            recall(in_doubt, result, counted);
            in_doubt = {std::move(result.scopes), counted};
        }
        throw;
    }
    recall(in_doubt, result, counted);
    in_doubt.reset();
    deletes = counted;
    co_return result;
}

} // namespace pcmirror
