#include "sync/write/touched_rows.hpp"

#include "schema/sql.hpp"
#include "schema/sql_text.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/kept_plans.hpp"
#include "sync/db/scope_diff.hpp"
#include "sync/db/staging.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace pcmirror {
namespace {

// Earlier touches stay as long as reads may still show what was before them; of expired ones the
// new one says all.
constexpr const char* touch_sql = R"(
with expired as (
    delete from pcmirror.touched_rows w
    using unnest($2::uuid[], $3::jsonb[]) as v (customer_id, key)
    where w.resource = $1 and w.{customer} and w.key = v.key and w.expires_at <= now())
insert into pcmirror.touched_rows (resource, customer_id, key, asked_at, before, expires_at)
select $1, v.customer_id, v.key, v.asked_at, v.before, now() + {lag}
from unnest($2::uuid[], $3::jsonb[], $4::timestamptz[], $5::jsonb[])
    as v (customer_id, key, asked_at, before))";

constexpr const char* lock_customers_sql = R"(
select c.customer_id::text from partner_center.customers c
where c.customer_id = any ($1::uuid[]) order by c.customer_id for key share)";

// Whoever applies a poll of the scope waits, and sees the touches then.
constexpr const char* lock_scopes_sql = R"(
select from pcmirror.sync_scopes s
where s.scope_id in (select w.scope_id from pcmirror.sync_scopes w
                     join unnest($2::uuid[]) v (customer_id) on w.{customer}
                     where w.resource = $1)
order by s.scope_id for update)";

constexpr const char* distrust_sql = R"(
update pcmirror.sync_scopes w
set digest = null, row_count = w.row_count + v.more
from unnest($2::uuid[], $3::bigint[]) v (customer_id, more)
where w.resource = $1 and w.{customer})";

constexpr const char* name_jobs_sql = R"(
update stage_scopes s set may_delete = true, job_id = s.scope_id)";

/// One apply; of a partner-wide resource it has the rows of one job only, as one scope has all of
/// its rows. Read it from `run`.
class Apply {
  public:
    Apply(
        pqxx::transaction_base& work,
        const Resource& resource,
        std::vector<const ScopeReading*> readings
    )
        : work_(work), resource_(resource), name_(resource.name), readings_(std::move(readings)) {}

    void run() {
        leave_out_who_left();
        if (readings_.empty())
            return;
        exec_kept(work_, for_whom(lock_scopes_sql, !is_partner_wide()), name_, customers().text());
        stage();
        note_rows();
        if (!any_)
            return;
        change_rows();
        exec_kept(
            work_,
            sql::filled(
                for_whom(touch_sql, resource_.table().columns.front().name == "customer_id"),
                "{lag}",
                std::string(sql::longest_read_lag)
            ),
            std::string(resource_.table().name),
            touched_customers_.text(),
            keys_.text(),
            asked_.text(),
            before_.text()
        );
        distrust();
    }

  private:
    [[nodiscard]] bool is_partner_wide() const { return resource_.parent == nullptr; }

    /// With its condition on the customer as an index can use it.
    [[nodiscard]] static std::string for_whom(const char* sql, bool of_customers) {
        return sql::filled(
            sql, "{customer}", of_customers ? "customer_id = v.customer_id" : "customer_id is null"
        );
    }

    [[nodiscard]] std::string customer_of(const ScopeReading* reading) const {
        return is_partner_wide() ? std::string() : reading->lease.customer_id;
    }

    [[nodiscard]] ArrayLiteral customers() const {
        ArrayLiteral customers;
        for (const ScopeReading* reading : readings_)
            customers.add_or_null(customer_of(reading));
        return customers;
    }

    void leave_out_who_left() {
        if (is_partner_wide())
            return;
        std::set<std::string> there;
        for (const auto& row : exec_kept(work_, lock_customers_sql, customers().text()))
            there.insert(row[0].c_str());
        std::erase_if(readings_, [&](const ScopeReading* reading) {
            return !there.contains(reading->lease.customer_id);
        });
    }

    void stage() {
        ScopeDiffs diffs;
        for (const ScopeReading* reading : readings_)
            diffs[reading->lease.scope_id] = {};
        const std::string table = "pg_temp." + sql::stage_table(resource_.table());
        const bool is_there =
            exec_kept(work_, "select to_regclass($1) is not null", table)[0][0].as<bool>();
        // The tables may have what another apply of this transaction has left there.
        if (!is_there)
            work_.exec(sql::create_staging(resource_));
        work_.exec(sql::clear_staging(resource_));
        stage_scopes(work_, resource_, readings_);
        exec_kept(work_, name_jobs_sql);
        stage_rows(work_, resource_, readings_, diffs);
    }

    /// Remembers what the rows were before.
    void note_rows() {
        std::map<std::string, std::string> asked_at;
        for (const ScopeReading* reading : readings_)
            asked_at[customer_of(reading)] = reading->lease.asked_at;
        for (const auto& row : exec_kept(work_, sql::rows_to_touch(resource_))) {
            touched_customers_.add_or_null(row[0].c_str());
            keys_.add(row[1].c_str());
            asked_.add(asked_at.at(is_partner_wide() ? "" : row[0].c_str()));
            before_.add_or_null(row[2].is_null() ? "" : row[2].c_str());
            any_ = true;
        }
    }

    void change_rows() {
        if (resource_.per_row_of != nullptr)
            change(sql::delete_rows(resource_, resource_.table(), false), -1);
        for (std::size_t at = 1; at < resource_.tables.size(); ++at)
            change(sql::delete_rows(resource_, resource_.tables[at], false), 0);
        for (const Table& one : resource_.tables) {
            const bool is_first = &one == &resource_.table();
            change(sql::update_rows(resource_, one, is_first && is_outer()), 0);
            change(sql::insert_rows(resource_, one, is_first && is_outer()), is_first ? 1 : 0);
        }
    }

    /// Others are read by requests for rows of this one, and are told of new and returned ones.
    [[nodiscard]] bool is_outer() const { return !resource_.reread_when.empty(); }

    /// `counts`: what each changed row adds to the rows of its scope.
    void change(const std::string& sql, int counts) {
        const std::optional<std::int64_t> no_run;
        for (const auto& row : exec_kept(work_, sql, no_run))
            more_[row[0].as<std::int64_t>()] += counts * row[1].as<long long>();
    }

    void distrust() {
        ArrayLiteral more;
        for (const ScopeReading* reading : readings_)
            more.add_number(more_[reading->lease.scope_id]);
        exec_kept(
            work_,
            for_whom(distrust_sql, !is_partner_wide()),
            name_,
            customers().text(),
            more.text()
        );
    }

    pqxx::transaction_base& work_;
    const Resource& resource_;
    std::string name_;
    std::vector<const ScopeReading*> readings_;
    ArrayLiteral touched_customers_;
    ArrayLiteral keys_;
    ArrayLiteral asked_;
    ArrayLiteral before_;
    bool any_ = false;
    std::map<std::int64_t, long long> more_; ///< rows, by job
};

} // namespace

void apply_touched_rows(
    pqxx::transaction_base& work,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
) {
    if (resource.parent != nullptr) {
        Apply(work, resource, readings).run();
        return;
    }
    for (const ScopeReading* one : readings)
        Apply(work, resource, {one}).run();
}

} // namespace pcmirror
