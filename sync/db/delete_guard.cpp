#include "sync/db/delete_guard.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/sql.hpp"
#include "schema/sql_reads.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/differences.hpp"

#include <algorithm>

namespace pcmirror {

namespace {

// Passes beside this one began before its end and ended after its beginning. None lasts a week, and
// the index is by their beginning.
constexpr const char* beside_sql = R"(
select coalesce(sum(r.guarded_deletes), 0)
from pcmirror.sync_runs mine
join pcmirror.sync_runs r on r.resource = mine.resource and r.run_id <> mine.run_id
    and r.started_at > mine.started_at - interval '7 days'
    and (r.finished_at is null or r.finished_at > mine.started_at)
where mine.run_id = $1::bigint)";

constexpr const char* count_sql = R"(
update pcmirror.sync_runs set guarded_deletes = guarded_deletes + $2::bigint
where run_id = $1::bigint)";

/// What is held of rows that are no longer there says nothing about the others: that they went was
/// judged with them.
std::uint64_t held_of_gone(const HeldRows& asked, const RowPortion& portion) {
    std::uint64_t held = 0;
    for (const std::string& id : portion.gone)
        if (const auto row = asked.find(id); row != asked.end())
            held += row->second.counted.size();
    return held;
}

} // namespace

bool DeleteGuard::open(
    pqxx::transaction_base& transaction, const std::vector<const ScopeReading*>& readings
) {
    if (resource_.per_row_of == nullptr)
        return false;
    ArrayLiteral customers;
    for (const ScopeReading* reading : readings)
        customers.add(reading->lease.customer_id);
    for (const auto& row : exec_bound(
             transaction,
             sql::RowReads(resource_).guarded(),
             customers.text(),
             std::string(resource_.name)
         )) {
        Account& account = accounts_[row[0].c_str()];
        account.held = row[1].as<std::uint64_t>();
        account.counts = {
            row[2].as<std::uint64_t>(), row[3].as<std::uint64_t>(), row[4].as<std::uint64_t>()};
    }
    bool any_held = false;
    for (const ScopeReading* reading : readings) {
        Account& account = accounts_[reading->lease.customer_id];
        account.counts += reading->unwritten.counts;
        account.held = held_with(account.held, reading->unwritten.held);
        for (const std::string& id : reading->covered)
            if (const auto held = reading->unwritten.held.find(id);
                held != reading->unwritten.held.end())
                account.asked.insert(*held);
        any_held = any_held || account.held > 0;
    }
    return any_held;
}

void DeleteGuard::judge_anew(pqxx::transaction_base& transaction) {
    for (const auto& row : transaction.exec(sql::forget_held(resource_))) {
        HeldRows& asked = accounts_.at(row[0].c_str()).asked;
        const auto in_tables = row[2].as<std::uint64_t>();
        // Of a dry run: what an earlier portion found is newer than what the tables say.
        asked.try_emplace(row[1].c_str(), HeldRow{std::vector<std::string>(in_tables), in_tables});
    }
}

void DeleteGuard::count_others(pqxx::transaction_base& transaction, std::int64_t run_id) {
    if (run_id != 0)
        pass_.beside = exec_bound(transaction, beside_sql, run_id)[0][0].as<std::uint64_t>();
}

void DeleteGuard::count_for_others(pqxx::transaction_base& transaction, std::int64_t run_id) const {
    // What the operator has looked at says nothing against the deletes of others.
    if (run_id != 0 && deleted_ > 0 && !options_.allow_deletes)
        exec_bound(transaction, count_sql, run_id, deleted_);
}

std::uint64_t DeleteGuard::held_of_others(const Account& account) const {
    std::uint64_t asked = 0;
    for (const auto& [id, row] : account.asked)
        asked += row.counted.size();
    return account.held - std::min(account.held, asked);
}

void DeleteGuard::count_read(
    ScopeReport& report, const ScopeReading& reading, std::uint64_t covered
) {
    if (!reading.portion)
        return;
    const Chosen chosen = reading.portion->chosen;
    if (chosen == Chosen::all || chosen == Chosen::in_turn)
        report.counted.in_order = covered;
    if (chosen == Chosen::in_turn)
        pass_.reread += covered;
}

Doomed DeleteGuard::doomed_by(
    const ScopeReading& reading, const Missing& missing, const Account& account, bool asks_more
) {
    Doomed doomed;
    doomed.rows = reading.must_confirm && !asks_more ? missing.confirmed : missing.lacking;
    // Rows that were deleted are no longer there to be counted; those of a dry run still are.
    const std::uint64_t deleted = account.counts.deleted - reading.unwritten.counts.deleted;
    doomed.of = missing.rows + deleted + reading.unwritten.inserted;
    doomed.was_held = reading.lease.held;
    if (!reading.portion)
        return doomed;
    const RowPortion& portion = *reading.portion;
    doomed.was_held = account.held > held_of_gone(account.asked, portion);
    doomed.in_order = portion.chosen == Chosen::all || portion.chosen == Chosen::in_turn;
    doomed.rolling = portion.chosen == Chosen::in_turn;
    doomed.foretold = portion.foretold;
    return doomed;
}

void DeleteGuard::hold_back(
    ScopeReport& report, const Account& account, const Doomed& doomed, const std::string& limit
) const {
    const std::uint64_t of_others = held_of_others(account);
    report.end = ScopeEnd::held;
    report.rows.held = doomed.rows - std::min(doomed.rows, account.held - of_others);
    report.held = {of_others + doomed.rows, doomed.of, limit};
    report.message =
        held_message(resource_.name, report.customer_id, report.held.rows, report.held.of, limit);
}

bool DeleteGuard::judge(
    ScopeReport& report, const ScopeReading& reading, const Missing& missing, std::uint64_t covered
) {
    report.end = reading.trouble.empty() ? ScopeEnd::applied : ScopeEnd::failing;
    report.message = reading.trouble;
    count_read(report, reading, covered);
    if (!reading.complete || missing.lacking == 0)
        return false;
    const bool asks_more =
        reading.must_confirm && !reading.confirmed && missing.confirmed < missing.lacking;
    const Account& account = accounts_[reading.lease.customer_id];
    const Doomed doomed = doomed_by(reading, missing, account, asks_more);
    ScopeCounts counts = account.counts;
    counts += report.counted;
    const std::string limit = exceeded_limit(options_.limits, doomed, counts, pass_);
    if (!limit.empty() && !options_.allow_deletes) {
        hold_back(report, account, doomed, limit);
        return false;
    }
    if (asks_more) {
        report.end = ScopeEnd::unconfirmed;
        return false;
    }
    report.counted.deleted = doomed.rows;
    report.counted.deleted_in_order = doomed.in_order ? doomed.rows : 0;
    pass_.deleted += doomed.rows;
    deleted_ += doomed.rows;
    pass_.deleted_reread += doomed.rolling ? doomed.rows : 0;
    return true;
}

void DeleteGuard::hold(pqxx::transaction_base& transaction, std::vector<ScopeReport>& reports) {
    for (ScopeReport& report : reports) {
        const auto account = accounts_.find(report.customer_id);
        if (account == accounts_.end())
            continue;
        report.held_rows = account->second.asked;
        for (auto& [id, row] : report.held_rows)
            row.counted.clear();
    }
    const bool any_held = std::ranges::any_of(reports, [](const ScopeReport& report) {
        return report.held.rows > 0;
    });
    if (!any_held)
        return;
    for (const auto& row : transaction.exec(sql::hold_missing(resource_)))
        for (ScopeReport& report : reports)
            if (report.customer_id == row[0].c_str())
                report.held_rows[row[1].c_str()].counted = read_counters(row[2].c_str());
}

ScopeCounts DeleteGuard::counts_after(const ScopeReport& report) const {
    // The operator looked at it.
    if (options_.allow_deletes)
        return {};
    const auto account = accounts_.find(report.customer_id);
    ScopeCounts counts = account == accounts_.end() ? ScopeCounts() : account->second.counts;
    counts += report.counted;
    return counts;
}

} // namespace pcmirror
