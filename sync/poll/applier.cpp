#include "sync/poll/applier.hpp"

#include "config/log.hpp"
#include "schema/counted.hpp"
#include "sync/poll/findings.hpp"
#include "sync/poll/tasks.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace pcmirror {
namespace {

bool is_unchanged(const ScopeReading& reading) {
    if (reading.undecoded)
        return true;
    return reading.complete && reading.trouble.empty() && reading.rejections.empty() &&
           !reading.lease.digest.empty() && reading.lease.fingerprint == reading.fingerprint &&
           reading.lease.digest == reading.rows.digest().hex();
}

std::string held_since(const RowScope& scope, const Resource& resource, std::uint64_t held) {
    if (scope.held.rows > 0)
        return held_message(
            resource.name, scope.lease.customer_id, held, scope.held.of, scope.held.limit
        );
    return fmt::format(
        "deletes of {} are held since an earlier pass; to let them: pcmirror sync {} "
        "--customer {} --allow-deletes",
        counted(held, "row"),
        resource.name,
        scope.lease.customer_id
    );
}

/// How a scope ends that was read row by row, with so many rows whose deletes are held.
ScopeReport report_of(const RowScope& scope, const Resource& resource, std::uint64_t held) {
    ScopeReport report;
    report.scope_id = scope.lease.scope_id;
    report.customer_id = scope.lease.customer_id;
    report.end = held > 0                       ? ScopeEnd::held
                 : !scope.troubles.empty()      ? ScopeEnd::failing
                 : scope.progress.portions == 0 ? ScopeEnd::unchanged
                                                : ScopeEnd::applied;
    if (held > 0)
        report.message = held_since(scope, resource, held);
    if (held > 0 && !scope.troubles.empty())
        report.message += "; ";
    report.message += scope.troubles.text(resource.per_row_of->name);
    // The others were counted with their portions.
    report.rows.held = held - std::min(held, scope.rows.held);
    return report;
}

ScopeReport report_of(const Lease& lease, ScopeEnd end) {
    ScopeReport report;
    report.scope_id = lease.scope_id;
    report.customer_id = lease.customer_id;
    report.end = end;
    return report;
}

} // namespace

Applier::Applier(
    Mirror& mirror,
    const Resource& resource,
    PassAccount& account,
    Patience& patience,
    Options options
)
    : mirror_(mirror), resource_(resource), account_(account), patience_(patience),
      options_(std::move(options)), scopes_(mirror.pool), row_reads_(mirror.pool),
      rows_(mirror.pool, mirror.catalogue) {}

asio::awaitable<void> Applier::open() {
    deletes_.rows = co_await patience_.wait_for([&] { return scopes_.rows_in_mirror(resource_); });
}

/// One transaction for all; where that fails, one for each, so that each fails on its own.
asio::awaitable<void> Applier::apply(Group group) {
    co_await end_row_scopes(group);
    co_await touch_unchanged(group);
    co_await decode_held_back(group);
    if (group.empty() || (group.size() > 1 && co_await apply_together(group)))
        co_return;
    for (auto& finished : group)
        co_await apply_alone(std::move(finished));
}

/// Pages were known, but the scope was touched meanwhile. Where they can't be decoded for want of
/// room that scope fails alone.
asio::awaitable<void> Applier::decode_held_back(Group& group) {
    for (auto& finished : group) {
        std::string message;
        try {
            co_await decode(finished->reading);
            continue;
        } catch (const Error& error) {
            message = error.what();
        }
        const std::unique_ptr<Finished> failed = std::move(finished);
        co_await fail(failed->reading.lease, ScopeEnd::failing, std::move(message));
    }
    std::erase(group, nullptr);
}

/// Piece by piece: a large customer's listing takes seconds.
asio::awaitable<void> Applier::decode(ScopeReading& reading) {
    const auto known = std::exchange(reading.undecoded, std::nullopt);
    while (known && known->decode_some(reading))
        co_await let_others_run();
}

asio::awaitable<void> Applier::fail(const Lease& lease, ScopeEnd end, std::string message) {
    const std::int64_t run_id = account_.run_so_far().run_id;
    if (!options_.dry_run)
        co_await patience_.wait_for([&] { return scopes_.fail(run_id, lease, end, message); });
    ScopeReport report = report_of(lease, end);
    report.message = std::move(message);
    account_.count(report);
}

/// Takes the scopes out of the group that are read row by row and have come to their end.
asio::awaitable<void> Applier::end_row_scopes(Group& group) {
    const auto at_end = [](const auto& finished) {
        return finished->rows && finished->rows->ended && !finished->reading.portion;
    };
    if (std::ranges::none_of(group, at_end))
        co_return;
    const std::map<std::string, std::uint64_t> held = co_await held_in(group);
    std::vector<EndedScope> ended;
    for (const auto& finished : group) {
        if (!at_end(finished))
            continue;
        const auto of_scope = held.find(finished->reading.lease.customer_id);
        EndedScope& scope = ended.emplace_back();
        scope.held_rows = of_scope == held.end() ? 0 : of_scope->second;
        scope.lease = finished->rows->lease;
        scope.report = report_of(*finished->rows, resource_, scope.held_rows);
        scope.fingerprint = finished->reading.fingerprint;
    }
    std::erase_if(group, at_end);
    std::vector<std::int64_t> known;
    if (!options_.dry_run)
        known = co_await patience_.wait_for([&] {
            return scopes_.finish(account_.run_so_far(), ended);
        });
    for (EndedScope& scope : ended) {
        if (!options_.dry_run && std::ranges::count(known, scope.lease.scope_id) == 0)
            scope.report.end = ScopeEnd::fenced;
        account_.count(scope.report);
    }
}

/// How many rows of each customer are kept although their deletes are held.
asio::awaitable<std::map<std::string, std::uint64_t>> Applier::held_in(const Group& group) {
    std::vector<std::string> customers;
    for (const auto& finished : group)
        if (finished->rows && finished->rows->ended)
            customers.push_back(finished->reading.lease.customer_id);
    std::map<std::string, std::uint64_t> held =
        co_await patience_.wait_for([&] { return row_reads_.held(resource_, customers); });
    for (const auto& finished : group)
        if (finished->rows && finished->rows->ended) {
            std::uint64_t& rows = held[finished->reading.lease.customer_id];
            rows = held_with(rows, finished->rows->progress.held);
        }
    co_return held;
}

/// Takes the readings out of the group whose digest is the stored one.
asio::awaitable<void> Applier::touch_unchanged(Group& group) {
    std::vector<const ScopeReading*> unchanged;
    for (const auto& finished : group)
        if (is_unchanged(finished->reading))
            unchanged.push_back(&finished->reading);
    if (unchanged.empty() || options_.dry_run)
        co_return;
    const std::vector<std::int64_t> touched = co_await patience_.wait_for([&] {
        return scopes_.touch(account_.run_so_far(), unchanged);
    });
    const auto is_touched = [&](const ScopeReading& reading) {
        return std::ranges::count(touched, reading.lease.scope_id) > 0;
    };
    for (const ScopeReading* reading : unchanged) {
        if (!is_touched(*reading))
            continue;
        ScopeReport report = report_of(reading->lease, ScopeEnd::unchanged);
        report.rows.seen = reading->records;
        account_.count(report);
    }
    std::erase_if(group, [&](const auto& finished) { return is_touched(finished->reading); });
}

asio::awaitable<bool> Applier::apply_together(Group& group) {
    try {
        co_await write(group);
        co_return true;
    } catch (const DatabaseError& error) {
        if (error.trouble() != DatabaseTrouble::other)
            throw;
        event(Level::warn, "group.failed", {{field::error, error.what()}});
    }
    co_return false;
}

asio::awaitable<void> Applier::apply_alone(std::unique_ptr<Finished> finished) {
    const Lease lease = finished->reading.lease;
    Group alone;
    alone.push_back(std::move(finished));
    std::string message;
    try {
        co_await write(alone);
    } catch (const DatabaseError& error) {
        if (error.trouble() != DatabaseTrouble::other)
            throw;
        message = error.what();
        if (!error.hint().empty())
            message += "; " + std::string(error.hint());
    }
    if (!message.empty())
        co_await fail(lease, ScopeEnd::failing, std::move(message));
}

asio::awaitable<void> Applier::write(Group& group) {
    ApplyOptions options;
    options.run = account_.run_so_far();
    options.guard = options_.guard;
    options.filter = mirror_.settings.customers;
    options.allow_deletes = options_.allow_deletes;
    options.dry_run = options_.dry_run;
    std::vector<const ScopeReading*> readings;
    for (const auto& finished : group)
        readings.push_back(&finished->reading);
    std::optional<InDoubt> in_doubt;
    ApplyResult result = co_await patience_.wait_for([&] {
        return rows_.apply(resource_, readings, options, deletes_, in_doubt);
    });
    if (resource_.earned != nullptr)
        keep_findings(resource_, group, result);
    account_.keep(std::move(result.changes));
    for (std::size_t at = 0; at < group.size(); ++at) {
        ScopeReport& report = result.scopes[at];
        if (group[at]->rows) {
            go_on(std::move(group[at]), report);
            continue;
        }
        account_.count(report);
        if (report.end != ScopeEnd::unconfirmed)
            continue;
        group[at]->reading.applied = !options_.dry_run;
        group[at]->reading.lacking = report.missing;
        options_.unconfirmed(std::move(group[at]), std::move(report.missing));
    }
}

void Applier::go_on(std::unique_ptr<Finished> finished, const ScopeReport& report) {
    account_.count(report);
    if (report.end != ScopeEnd::unfinished)
        return;
    RowScope& scope = *finished->rows;
    scope.rows += report.rows;
    if (scope.held.rows == 0)
        scope.held = report.held;
    if (options_.dry_run) {
        scope.counted += report.counted;
        for (const auto& [id, row] : report.held_rows)
            scope.progress.held.insert_or_assign(id, row);
    }
    options_.unfinished(std::move(finished->rows));
}

} // namespace pcmirror
