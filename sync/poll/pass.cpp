#include "sync/poll/pass.hpp"

#include "config/log.hpp"
#include "sync/db/run_store.hpp"
#include "sync/db/upkeep.hpp"
#include "sync/poll/claims.hpp"
#include "sync/poll/groups.hpp"
#include "sync/poll/patience.hpp"
#include "sync/poll/read_scope.hpp"
#include "sync/poll/tasks.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <xxhash.h>

namespace pcmirror {
namespace {

constexpr std::size_t troubles_limit = 1000;
// Scopes in a row that get no usable answer: so many end a pass that had no success yet, or had.
constexpr std::size_t unanswered_at_first = 20;
constexpr std::size_t unanswered_later = 100;

std::string words_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
        return thrown.what();
    }
}

std::uint64_t fingerprint_of(const CustomerFilter& filter) {
    std::string text;
    for (const std::string& pattern : filter.include)
        text += "+" + pattern + "\n";
    for (const std::string& pattern : filter.exclude)
        text += "-" + pattern + "\n";
    return XXH3_64bits(text.data(), text.size());
}

/// One pass; lives for one `run_pass`. Read it from `run` downwards.
class Pass {
  public:
    Pass(
        const asio::any_io_executor& executor,
        Mirror& mirror,
        const Resource& resource,
        PassOptions options,
        PassListener* listener
    )
        : mirror_(mirror), resource_(resource), options_(std::move(options)), listener_(listener),
          runs_(mirror.pool), scopes_(mirror.pool), rows_(mirror.pool, mirror.catalogue),
          tasks_(executor), groups_(executor) {
        report_.resource = resource.name;
    }

    asio::awaitable<PassReport> run() {
        mirror_.api.require(resource_.sign_in);
        const auto began = std::chrono::steady_clock::now();
        std::exception_ptr error;
        try {
            co_await open();
            co_await work();
        } catch (...) {
            error = std::current_exception();
        }
        // What is leased must be given back, whatever asked us to stop.
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        report_.took =
            std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - began);
        std::exception_ptr close_error;
        try {
            co_await close(error);
        } catch (...) {
            close_error = std::current_exception();
        }
        if (error || close_error) {
            if (listener_ != nullptr)
                listener_->broken_off(report_);
            std::rethrow_exception(error ? error : close_error);
        }
        if (listener_ != nullptr)
            listener_->finished(report_);
        co_return std::move(report_);
    }

  private:
    asio::awaitable<void> open() {
        started_at_ = co_await patiently([&] { return scopes_.now(); });
        if (!options_.dry_run) {
            report_.run_id =
                co_await patiently([&] { return runs_.start(resource_, mirror_.session.id()); });
            co_await patiently([&] { return make_change_log_months(mirror_.pool); });
            co_await patiently([&] {
                return scopes_.prepare(resource_, mirror_.settings.customers);
            });
            co_await patiently([&] { return scopes_.release(mirror_.session.id(), resource_); });
        }
        deletes_.rows = co_await patiently([&] { return scopes_.rows_in_mirror(resource_); });
        co_await make_plan();
        if (listener_ != nullptr)
            listener_->started(resource_, report_.totals);
    }

    asio::awaitable<void> make_plan() {
        PlanOptions plan;
        plan.customers = options_.customers;
        plan.max_age = options_.max_age;
        plan.ask_refused = options_.full || !options_.customers.empty();
        plan.only_due = options_.scheduled;
        plan.without_scopes = options_.dry_run;
        plan.filter = mirror_.settings.customers;
        const std::vector<PlannedScope> planned =
            co_await patiently([&] { return scopes_.plan(resource_, plan); });
        report_.totals.scopes = planned.size();
        std::deque<PlannedScope> asked;
        for (const PlannedScope& scope : planned)
            if (scope.rests)
                count_unasked(report_of(scope));
            else
                asked.push_back(scope);
        Claims::Options claims;
        claims.batch = static_cast<std::size_t>(mirror_.settings.partner_center.concurrency);
        claims.started_at = started_at_;
        claims.without_lease = options_.dry_run;
        claims.daemon_id = [this] { return mirror_.session.id(); };
        claims.settled = [this](const ScopeReport& scope) { count(scope); };
        claims.put_off = [this](const ScopeReport& scope) { count_unasked(scope); };
        readers_ = std::clamp<std::size_t>(asked.size(), 1, claims.batch);
        claims_.emplace(
            co_await asio::this_coro::executor, scopes_, std::move(asked), std::move(claims)
        );
    }

    asio::awaitable<void> work() {
        for (std::size_t at = 0; at < readers_; ++at)
            tasks_.spawn(read_scopes());
        tasks_.spawn(apply_groups());
        co_await tasks_.join();
    }

    asio::awaitable<void> close(std::exception_ptr error) {
        if (report_.run_id == 0)
            co_return;
        RunEnd end;
        end.outcome = report_.totals.clean() ? "ok" : "partial";
        end.requests = report_.totals.requests;
        end.refused = unasked_refused_;
        end.failed = unasked_failed_;
        if (error) {
            const bool cancelled = is_cancellation(error);
            end.outcome = cancelled ? "cancelled" : "failed";
            end.error = cancelled ? "stopped before its end" : words_of(error);
        }
        co_await patiently([&] { return scopes_.release(mirror_.session.id(), resource_); });
        const RunTotals exact =
            co_await patiently([&] { return runs_.finish(report_.run_id, end); });
        report_.totals.seen = exact.rows_seen;
        report_.totals.inserted = exact.inserted;
        report_.totals.updated = exact.updated;
        report_.totals.deleted = exact.deleted;
    }

    // Reading.

    asio::awaitable<void> read_scopes() {
        while (std::optional<Lease> lease = co_await claims_->next()) {
            ++reading_;
            co_await read_one(std::move(*lease));
            --reading_;
            groups_.look_again();
        }
        groups_.look_again();
    }

    asio::awaitable<void> read_one(Lease lease) {
        if (options_.full)
            lease.digest.clear();
        ReadOptions options = co_await read_options(lease);
        ReadScope read = co_await read_scope(mirror_.api, resource_, lease, std::move(options));
        co_await hand_over(std::move(lease), std::move(read));
    }

    asio::awaitable<ReadOptions> read_options(const Lease& lease) {
        ReadOptions options;
        options.spool_directory = mirror_.settings.state_directory;
        options.attempts = &report_.totals.requests;
        if (resource_.per_row_of != nullptr)
            options.rows = co_await patiently([&] {
                return scopes_.rows_of(*resource_.per_row_of, lease.customer_id);
            });
        const CustomerFilter& filter = mirror_.settings.customers;
        const bool filtered = !filter.include.empty() || !filter.exclude.empty();
        if (&resource_ == mirror_.catalogue.customers() && filtered) {
            options.filter_fingerprint = fingerprint_of(filter);
            options.admits = [&filter](const std::string& customer_id, const std::string& domain) {
                return admits(filter, customer_id, domain);
            };
        }
        co_return options;
    }

    asio::awaitable<void> hand_over(Lease lease, ReadScope read) {
        unanswered_ = read.unanswered ? unanswered_ + 1 : 0;
        if (!read.reading) {
            // Nobody else could be asked: whoever may not list the partner's own is not set up.
            const bool locked_out = read.end == ScopeEnd::refused && lease.customer_id.empty();
            co_await fail(lease, locked_out ? ScopeEnd::failing : read.end, read.message);
            if (locked_out)
                throw Error(
                    Recovery::fix_api,
                    "the API refuses the list of " + report_.resource + ": " + read.message,
                    "register the application in Partner Center (App management), or give the "
                    "user the role AdminAgents"
                );
            give_up_if_unanswered(lease, read.message);
            co_return;
        }
        auto finished = std::make_unique<Finished>(Finished{std::move(*read.reading), read.pages});
        co_await groups_.submit(std::move(finished));
    }

    /// An API that gives no usable answer to one scope after the other would cost each of the rest
    /// all its attempts. Those that failed come last the next time, so that nobody waits behind
    /// them.
    void give_up_if_unanswered(const Lease& lease, const std::string& message) const {
        const bool whole_list = lease.customer_id.empty();
        const std::size_t limit = whole_list                      ? 1
                                  : report_.totals.scopes_ok == 0 ? unanswered_at_first
                                                                  : unanswered_later;
        if (unanswered_ < limit)
            return;
        throw Error(
            Recovery::fix_api,
            "the API gives no usable answer" +
                (whole_list
                     ? std::string()
                     : ", not to the last " + std::to_string(unanswered_) + " customers either") +
                ": " + message,
            "check partner_center.api_url, the proxy, and Partner Center's service health"
        );
    }

    asio::awaitable<void> fail(const Lease& lease, ScopeEnd end, std::string message) {
        if (!options_.dry_run)
            co_await patiently([&] { return scopes_.fail(report_.run_id, lease, end, message); });
        ScopeReport report;
        report.scope_id = lease.scope_id;
        report.customer_id = lease.customer_id;
        report.end = end;
        report.message = std::move(message);
        count(report);
    }

    // Applying.

    asio::awaitable<void> apply_groups() {
        const auto idle = [this] { return claims_->exhausted() && reading_ == 0; };
        while (true) {
            Group group = co_await groups_.next(idle);
            if (group.empty())
                co_return;
            co_await touch_unchanged(group);
            if (!group.empty())
                co_await apply_group(std::move(group));
        }
    }

    /// Takes the readings out of the group whose digest is the stored one.
    asio::awaitable<void> touch_unchanged(Group& group) {
        std::vector<const ScopeReading*> unchanged;
        for (const auto& finished : group)
            if (is_unchanged(finished->reading))
                unchanged.push_back(&finished->reading);
        if (unchanged.empty() || options_.dry_run)
            co_return;
        const std::vector<std::int64_t> touched =
            co_await patiently([&] { return scopes_.touch(run_so_far(), unchanged); });
        for (const ScopeReading* reading : unchanged) {
            if (std::ranges::count(touched, reading->lease.scope_id) == 0)
                continue;
            ScopeReport report;
            report.scope_id = reading->lease.scope_id;
            report.customer_id = reading->lease.customer_id;
            report.end = ScopeEnd::unchanged;
            report.seen = reading->records;
            count(report);
        }
        std::erase_if(group, [&](const auto& finished) {
            return std::ranges::count(touched, finished->reading.lease.scope_id) > 0;
        });
    }

    [[nodiscard]] static bool is_unchanged(const ScopeReading& reading) {
        return reading.complete && reading.trouble.empty() && reading.rejections.empty() &&
               !reading.lease.digest.empty() && reading.lease.fingerprint == reading.fingerprint &&
               reading.lease.digest == reading.rows.digest().hex();
    }

    /// One transaction for all; where that fails, one for each, so that each fails on its own.
    asio::awaitable<void> apply_group(Group group) {
        if (group.size() > 1 && co_await apply_together(group))
            co_return;
        for (auto& finished : group)
            co_await apply_alone(std::move(finished));
    }

    asio::awaitable<bool> apply_together(Group& group) {
        try {
            co_await apply(group);
            co_return true;
        } catch (const DatabaseError& error) {
            if (error.trouble() != DatabaseTrouble::other)
                throw;
            event(Level::warn, "group.failed", {{field::error, error.what()}});
        }
        co_return false;
    }

    asio::awaitable<void> apply_alone(std::unique_ptr<Finished> finished) {
        const Lease lease = finished->reading.lease;
        Group alone;
        alone.push_back(std::move(finished));
        std::string message;
        try {
            co_await apply(alone);
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

    asio::awaitable<void> apply(Group& group) {
        ApplyOptions options;
        options.run = run_so_far();
        options.guard = mirror_.settings.delete_guard.of(std::string(resource_.name));
        options.filter = mirror_.settings.customers;
        options.allow_deletes = options_.allow_deletes;
        options.dry_run = options_.dry_run;
        std::vector<const ScopeReading*> readings;
        for (const auto& finished : group)
            readings.push_back(&finished->reading);
        ApplyResult result =
            co_await patiently([&] { return rows_.apply(resource_, readings, options, deletes_); });
        report_.changes.insert(report_.changes.end(), result.changes.begin(), result.changes.end());
        for (std::size_t at = 0; at < group.size(); ++at) {
            ScopeReport& report = result.scopes[at];
            if (report.end == ScopeEnd::unconfirmed) {
                ++reading_;
                if (!options_.dry_run)
                    report_.totals.add_rows(report);
                tasks_.spawn(confirm(std::move(group[at]), std::move(report.missing)));
            } else {
                count(report);
            }
        }
    }

    asio::awaitable<void>
    confirm(std::unique_ptr<Finished> finished, std::vector<KeyText> missing) {
        const Lease lease = finished->reading.lease;
        ReadOptions options = co_await read_options(lease);
        ReadScope read = co_await confirm_absence(
            mirror_.api,
            resource_,
            std::move(finished->reading),
            std::move(missing),
            finished->pages,
            std::move(options)
        );
        co_await hand_over(lease, std::move(read));
        --reading_;
        groups_.look_again();
    }

    // Counting.

    [[nodiscard]] RunSoFar run_so_far() const { return {report_.run_id, report_.totals.requests}; }

    [[nodiscard]] static ScopeReport report_of(const PlannedScope& scope) {
        ScopeReport report;
        report.scope_id = scope.scope_id;
        report.customer_id = scope.customer_id;
        report.end = scope.rests.value_or(ScopeEnd::applied);
        report.message = scope.last_error;
        return report;
    }

    /// Also what was not asked this time is in trouble.
    void count_unasked(const ScopeReport& report) {
        ++(report.end == ScopeEnd::refused ? unasked_refused_ : unasked_failed_);
        count(report);
    }

    void count(const ScopeReport& report) {
        report_.totals.add(report);
        if (in_trouble(report.end) && report_.troubles.size() < troubles_limit)
            report_.troubles.push_back(report);
        if (listener_ != nullptr && claims_)
            listener_->advanced(resource_, report_.totals);
    }

    Mirror& mirror_;
    const Resource& resource_;
    PassOptions options_;
    PassListener* listener_;
    RunStore runs_;
    ScopeStore scopes_;
    MirrorStore rows_;
    TaskGroup tasks_;
    Groups groups_;
    std::optional<Claims> claims_;
    PassReport report_;
    PassDeletes deletes_;
    std::string started_at_; ///< the database's clock
    std::size_t readers_ = 1;
    std::size_t reading_ = 0;    ///< scopes between claim and group
    std::size_t unanswered_ = 0; ///< scopes in a row
    std::uint64_t unasked_refused_ = 0;
    std::uint64_t unasked_failed_ = 0;
};

} // namespace

asio::awaitable<PassReport>
run_pass(Mirror& mirror, const Resource& resource, PassOptions options, PassListener* listener) {
    const auto executor = co_await asio::this_coro::executor;
    Pass pass(executor, mirror, resource, std::move(options), listener);
    // A coroutine of its own: giving back shuts out cancellation, which the caller must still see.
    co_return co_await asio::co_spawn(executor, pass.run(), asio::use_awaitable);
}

} // namespace pcmirror
