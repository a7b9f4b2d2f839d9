#include "sync/db/portion_diff.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/row.hpp"
#include "schema/sql.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/row_batches.hpp"

#include <set>
#include <string>

namespace pcmirror {
namespace {

/// What the mirror has of a customer.
struct Mirrored {
    std::uint64_t covered = 0; ///< rows of the outer rows that were asked about
    bool touched = true;       ///< rows were written apart from their reading
};

std::map<std::string, Mirrored> count_covered(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
) {
    ArrayLiteral customers;
    ArrayLiteral asking;
    ArrayLiteral asked;
    for (const ScopeReading* reading : readings) {
        customers.add(reading->lease.customer_id);
        for (const std::string& row : reading->covered) {
            asking.add(reading->lease.customer_id);
            asked.add(row);
        }
    }
    std::map<std::string, Mirrored> mirrored;
    for (const auto& row : exec_bound(
             transaction,
             sql::count_covered(resource),
             customers.text(),
             asking.text(),
             asked.text()
         ))
        mirrored[row[0].c_str()] = {row[1].as<std::uint64_t>(), row[2].as<bool>()};
    return mirrored;
}

/// Whether all rows of a portion belong to outer rows that could be read, each under its own key:
/// then it is the mirror if it is as large, and has nothing else.
bool is_exact(const Table& table, const ScopeReading& reading) {
    if (RowHashes(RowHashes::read(reading.rows, sql::key_columns(table).size())).ambiguous())
        return false;
    const std::set<std::string_view> covered(reading.covered.begin(), reading.covered.end());
    bool exact = true;
    reading.rows.read(0, [&](std::string_view bytes) {
        RowReader row(bytes);
        row.next();
        exact = exact && covered.contains(row.next().value_or(""));
    });
    return exact;
}

/// How many rows of these portions are mirrored as they were read, by customer.
std::map<std::string, std::uint64_t> count_same(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings
) {
    std::map<std::string, std::uint64_t> same;
    RowBatches batches(
        transaction,
        sql::count_same(resource),
        sql::stage_columns(resource.table()).size(),
        {},
        [&](const pqxx::result& answer) {
            for (const auto& row : answer)
                same[row[0].c_str()] += row[1].as<std::uint64_t>();
        }
    );
    for (const ScopeReading* reading : readings)
        reading->rows.read(0, [&](std::string_view bytes) {
            for (RowReader row(bytes); !row.at_end();)
                batches.add(row.next());
        });
    batches.flush();
    return same;
}

void all_are(ScopeDiff& diff, RowNews news, const ScopeReading& reading) {
    diff.known = true;
    diff.news.assign(reading.rows.count(0), news);
    diff.added = news == RowNews::added ? diff.news.size() : 0;
}

} // namespace

ScopeDiffs diff_portions(
    pqxx::transaction_base& transaction,
    const Resource& resource,
    const std::vector<const ScopeReading*>& readings,
    bool trust
) {
    const auto mirrored = count_covered(transaction, resource, readings);
    const bool comparable = trust && resource.tables.size() == 1 && has_plain_key(resource.table());
    ScopeDiffs diffs;
    std::vector<const ScopeReading*> as_large;
    for (const ScopeReading* reading : readings) {
        const auto& [covered, touched] = mirrored.at(reading->lease.customer_id);
        ScopeDiff& diff = diffs[reading->lease.scope_id];
        diff.covered = covered;
        if (!comparable || !is_exact(resource.table(), *reading))
            continue;
        if (covered == 0 && !touched)
            all_are(diff, RowNews::added, *reading);
        else if (covered == reading->rows.count(0))
            as_large.push_back(reading);
    }
    if (as_large.empty())
        return diffs;
    const auto same = count_same(transaction, resource, as_large);
    for (const ScopeReading* reading : as_large) {
        const auto found = same.find(reading->lease.customer_id);
        const std::uint64_t count = found == same.end() ? 0 : found->second;
        if (count == reading->rows.count(0))
            all_are(diffs.at(reading->lease.scope_id), RowNews::same, *reading);
    }
    return diffs;
}

} // namespace pcmirror
