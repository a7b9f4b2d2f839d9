#include "sync/poll/pass.hpp"

#include "sync/db/run_store.hpp"
#include "sync/db/scope_store.hpp"
#include "sync/db/upkeep.hpp"
#include "sync/poll/account.hpp"
#include "sync/poll/applier.hpp"
#include "sync/poll/claims.hpp"
#include "sync/poll/customer_filter.hpp"
#include "sync/poll/groups.hpp"
#include "sync/poll/pace.hpp"
#include "sync/poll/patience.hpp"
#include "sync/poll/read_rows.hpp"
#include "sync/poll/read_scope.hpp"
#include "sync/poll/room.hpp"
#include "sync/poll/tasks.hpp"
#include "sync/poll/unanswered.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <deque>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>

namespace pcmirror {
namespace {

// Of what is read row by row, in all scopes together.
constexpr std::size_t rows_under_way_limit = 4000;

ScopeReport report_of(const PlannedScope& scope) {
    ScopeReport report;
    report.scope_id = scope.scope_id;
    report.customer_id = scope.customer_id;
    report.end = scope.rests.value_or(ScopeEnd::applied);
    report.message = scope.last_error;
    return report;
}

/// Whether what was read before that may still be applied: it says nothing against the database.
bool spares_what_was_read(const std::exception_ptr& error) {
    if (is_cancellation(error))
        return true;
    try {
        std::rethrow_exception(error);
    } catch (const Error& thrown) {
        return thrown.recovery() != Recovery::fix_database && thrown.recovery() != Recovery::bug;
    } catch (...) {
        return false;
    }
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
        : mirror_(mirror), resource_(resource), options_(std::move(options)),
          account_(resource, listener), runs_(mirror.pool), scopes_(mirror.pool),
          row_reads_(mirror.pool), under_way_(executor, rows_under_way_limit),
          asked_(executor, at_once()),
          applier_(mirror, resource, account_, patience_, applier_options()), tasks_(executor),
          groups_(executor) {}

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
        account_.set_time(
            std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - began)
        );
        std::exception_ptr close_error;
        try {
            if (error && spares_what_was_read(error))
                co_await apply_rest();
            co_await close(error);
        } catch (...) {
            close_error = std::current_exception();
        }
        if (error || close_error) {
            account_.tell_broken_off();
            std::rethrow_exception(error ? error : close_error);
        }
        account_.tell_finished();
        co_return account_.take_report();
    }

  private:
    [[nodiscard]] Applier::Options applier_options() {
        return {
            .guard = mirror_.settings.delete_guard.of(std::string(resource_.name)),
            .allow_deletes = options_.allow_deletes,
            .dry_run = options_.dry_run,
            .unconfirmed =
                [this](std::unique_ptr<Finished> finished, std::vector<KeyText> missing) {
                    if (stopped_)
                        return;
                    ++reading_;
                    tasks_.spawn(confirm(std::move(finished), std::move(missing)));
                },
            .unfinished =
                [this](std::unique_ptr<RowScope> scope) {
                    if (stopped_)
                        return;
                    ++reading_;
                    tasks_.spawn(go_on(std::move(scope)));
                },
        };
    }

    asio::awaitable<void> open() {
        if (options_.round)
            started_at_ = options_.round->started_at;
        else
            started_at_ = co_await patience_.wait_for([&] { return scopes_.now(); });
        if (!options_.dry_run) {
            account_.set_run(co_await patience_.wait_for([&] {
                return runs_.start(resource_, mirror_.session.id());
            }));
            co_await patience_.wait_for([&] { return make_change_log_months(mirror_.pool); });
            co_await patience_.wait_for([&] {
                return scopes_.prepare(resource_, mirror_.settings.customers);
            });
            co_await patience_.wait_for([&] {
                return scopes_.release(mirror_.session.id(), resource_);
            });
        }
        co_await applier_.open();
        co_await make_plan();
    }

    [[nodiscard]] PlanOptions plan_options() const {
        PlanOptions plan;
        plan.customers = options_.customers;
        plan.max_age = options_.max_age;
        plan.full = options_.full;
        plan.ask_refused = options_.full || !options_.customers.empty();
        plan.only_due = options_.scheduled;
        plan.only_unasked = options_.only_unasked;
        if (options_.round)
            plan.not_since = options_.round->started_at;
        plan.without_scopes = options_.dry_run;
        plan.filter = mirror_.settings.customers;
        return plan;
    }

    asio::awaitable<void> make_plan() {
        const PlanOptions plan = plan_options();
        const PlannedPass planned =
            co_await patience_.wait_for([&] { return scopes_.plan(resource_, plan); });
        account_.count_skipped(planned.skipped);
        std::vector<PlannedScope> asked;
        std::size_t total = 0;
        std::vector<std::string> customers;
        for (const PlannedScope& scope : planned.scopes) {
            if (options_.leaving.contains(scope.customer_id))
                continue;
            ++total;
            if (scope.rests) {
                account_.count_unasked(report_of(scope));
                continue;
            }
            asked.push_back(scope);
            customers.push_back(scope.customer_id);
        }
        // While rows are asked about, a few readers choose the next ones, so that requests don't
        // wait for the database. No more: what they lease for it other processes can't have.
        const std::size_t ahead = resource_.per_row_of == nullptr ? 0 : 1 + at_once() / 4;
        readers_ = at_once() + ahead;
        // To a scheduled one more may come.
        if (!options_.scheduled)
            readers_ = std::clamp<std::size_t>(asked.size(), 1, readers_);
        claims_.emplace(
            co_await asio::this_coro::executor,
            scopes_,
            patience_,
            in_turn(std::move(asked), planned.scopes.size() + planned.skipped),
            claims_options()
        );
        if (resource_.per_row_of != nullptr)
            account_.expect_rows(co_await patience_.wait_for([&] {
                return row_reads_.expected(resource_, customers, row_options());
            }));
        account_.tell_started(total);
    }

    /// Those of a round in the order of their turns, others at once.
    [[nodiscard]] std::deque<Claims::Turn>
    in_turn(std::vector<PlannedScope> scopes, std::size_t all) const {
        std::deque<Claims::Turn> planned;
        if (!options_.round || options_.spread.count() == 0) {
            for (PlannedScope& scope : scopes)
                planned.push_back({std::move(scope)});
            return planned;
        }
        const auto now = Claims::Instant::clock::now();
        const Pace pace{
            options_.comes_every.value_or(resource_.every), options_.spread, options_.round->age};
        const std::vector<Milliseconds> after = turns(pace, scopes, all);
        for (std::size_t at = 0; at < scopes.size(); ++at)
            planned.push_back({std::move(scopes[at]), now + after[at]});
        return planned;
    }

    /// What has become due since the pass was planned.
    asio::awaitable<std::vector<PlannedScope>> find_more() {
        PlanOptions plan = plan_options();
        plan.only_unasked = true;
        plan.only_free = true;
        plan.not_since.clear();
        PlannedPass planned =
            co_await patience_.wait_for([&] { return scopes_.plan(resource_, plan); });
        std::erase_if(planned.scopes, [](const PlannedScope& scope) {
            return scope.rests.has_value();
        });
        co_return std::move(planned.scopes);
    }

    [[nodiscard]] Claims::Options claims_options() {
        Claims::Options claims;
        claims.batch = at_once();
        claims.started_at = started_at_;
        claims.without_lease = options_.dry_run;
        claims.daemon_id = [this] { return mirror_.session.id(); };
        claims.settled = [this](const ScopeReport& scope) { account_.count(scope); };
        claims.put_off = [this](const ScopeReport& scope) { account_.count_unasked(scope); };
        claims.hurry = options_.hurry;
        if (options_.scheduled && !options_.dry_run)
            claims.find_more = [this] { return find_more(); };
        claims.added = [this](std::size_t scopes) { account_.count_more(scopes); };
        return claims;
    }

    asio::awaitable<void> work() {
        for (std::size_t at = 0; at < readers_; ++at)
            tasks_.spawn(read_scopes());
        tasks_.spawn(apply_groups());
        co_await tasks_.join();
    }

    /// What was read before the pass came to its early end is not thrown away.
    asio::awaitable<void> apply_rest() {
        stopped_ = true;
        Group rest = groups_.take_rest();
        std::ranges::move(interrupted_, std::back_inserter(rest));
        interrupted_.clear();
        if (!rest.empty() && !options_.dry_run)
            co_await applier_.apply(std::move(rest));
    }

    asio::awaitable<void> close(std::exception_ptr error) {
        if (options_.dry_run || account_.report().run_id == 0)
            co_return;
        const RunEnd end = account_.run_end(error);
        co_await patience_.wait_for([&] { return scopes_.release(mirror_.session.id(), resource_); }
        );
        account_.correct(co_await patience_.wait_for([&] {
            return runs_.finish(account_.report().run_id, end);
        }));
    }

    asio::awaitable<void> read_scopes() {
        while (true) {
            co_await under_way_.some_left();
            std::optional<Lease> lease = co_await claims_->next();
            if (!lease)
                break;
            ++reading_;
            co_await read_one(std::move(*lease));
            --reading_;
            groups_.look_again();
        }
        groups_.look_again();
    }

    asio::awaitable<void> read_one(Lease lease) {
        if (resource_.per_row_of != nullptr) {
            auto scope = std::make_unique<RowScope>();
            scope->lease = std::move(lease);
            co_await read_portion(std::move(scope));
            co_return;
        }
        if (options_.full)
            lease.distrust();
        ReadOptions options = read_options();
        ReadScope read = co_await read_scope(mirror_.api, resource_, lease, std::move(options));
        co_await hand_over(std::move(lease), std::move(read));
    }

    /// The next rows of a scope that is read row by row, or its end.
    asio::awaitable<void> read_portion(std::unique_ptr<RowScope> scope) {
        scope->room.reset();
        co_await under_way_.some_left();
        // Until it is chosen it may be as large as they come.
        scope->room = under_way_.take(portion_rows);
        std::optional<RowPortion> portion;
        if (!scope->ended)
            portion = co_await choose(*scope);
        if (!scope->progress.blocked.empty()) {
            ReadScope blocked;
            blocked.end = scope->progress.refused ? ScopeEnd::refused : ScopeEnd::failing;
            blocked.message = scope->progress.blocked;
            co_await fail(scope->lease, blocked);
            co_return;
        }
        if (!portion) {
            groups_.add(end_of(std::move(scope)));
            co_await groups_.some_left();
            co_return;
        }
        co_await ask(std::move(scope), std::move(*portion));
    }

    asio::awaitable<void> ask(std::unique_ptr<RowScope> scope, RowPortion portion) {
        scope->room = under_way_.take(portion.rows.size());
        account_.count_chosen(portion.rows.size());
        ReadRowsOptions options;
        options.read = read_options();
        options.at_once = at_once();
        options.asked = [this] { account_.count_asked(); };
        options.ever_read = scope->any_read || scope->progress.counted;
        const bool again = portion.chosen == Chosen::again;
        co_await asked_.some_left();
        auto place = asked_.take(1);
        ReadScope read = co_await read_rows(
            mirror_.api, resource_, scope->lease, std::move(portion), std::move(options)
        );
        place.reset();
        note(*scope, read, again);
        if (read.interrupted) {
            if (read.reading && read.pages > 0)
                interrupted_.push_back(finished_of(std::move(read), std::move(scope)));
            throw boost::system::system_error(asio::error::operation_aborted);
        }
        // Of an API that is away nothing is to be written, the place in the order least of all.
        if (read.reading && read.unanswered && scope->ended) {
            read.reading->portion.reset();
            read.reading->fingerprint = scope->lease.fingerprint;
        }
        const Lease lease = scope->lease;
        co_await hand_over(lease, std::move(read), std::move(scope));
    }

    /// Nothing else is to be read of it.
    [[nodiscard]] std::unique_ptr<Finished> end_of(std::unique_ptr<RowScope> scope) const {
        scope->ended = true;
        scope->room.reset();
        ScopeReading nothing(scope->lease, Spool(mirror_.settings.state_directory));
        nothing.fingerprint = fingerprint(resource_);
        return std::make_unique<Finished>(Finished{std::move(nothing), 0, std::move(scope)});
    }

    /// What the database says of one scope alone ends that scope alone.
    asio::awaitable<std::optional<RowPortion>> choose(RowScope& scope) {
        try {
            co_return co_await patience_.wait_for([&] {
                return row_reads_.next(resource_, scope.lease, scope.progress, row_options());
            });
        } catch (const DatabaseError& error) {
            if (error.trouble() != DatabaseTrouble::other)
                throw;
            scope.progress.blocked = error.what();
        }
        co_return std::nullopt;
    }

    /// Requests in flight; so many scopes are read beside each other, or portions of them.
    [[nodiscard]] std::size_t at_once() const {
        return static_cast<std::size_t>(mirror_.settings.partner_center.concurrency);
    }

    static void note(RowScope& scope, const ReadScope& read, bool again) {
        scope.any_read = scope.any_read || (read.reading && read.pages > 0);
        // That those can't be read that couldn't the last time keeps nobody else waiting.
        scope.ended = read.cut_short && !again;
        scope.troubles += read.troubles;
    }

    asio::awaitable<void> go_on(std::unique_ptr<RowScope> scope) {
        co_await read_portion(std::move(scope));
        --reading_;
        groups_.look_again();
    }

    [[nodiscard]] RowReadOptions row_options() const {
        RowReadOptions options;
        options.full = options_.full;
        options.dry_run = options_.dry_run;
        options.allow_deletes = options_.allow_deletes;
        options.max_age = options_.max_age;
        const auto schedule = mirror_.settings.schedules.find(std::string(resource_.name));
        options.full_every = resource_.full_every.value_or(std::chrono::seconds(0));
        options.pass_every = options_.comes_every.value_or(resource_.every);
        if (schedule != mirror_.settings.schedules.end())
            options.full_every = schedule->second.full_every.value_or(options.full_every);
        return options;
    }

    [[nodiscard]] ReadOptions read_options() {
        ReadOptions options;
        options.spool_directory = mirror_.settings.state_directory;
        options.attempts = &account_.requests();
        const CustomerFilter& filter = mirror_.settings.customers;
        const bool filtered = !filter.include.empty() || !filter.exclude.empty();
        if (&resource_ == mirror_.catalogue.customers() && filtered) {
            options.filter_fingerprint = fingerprint_of(filter);
            options.admits = [&filter](const std::string& customer_id, const std::string& domain) {
                return admits(filter, customer_id, domain);
            };
        }
        return options;
    }

    asio::awaitable<void>
    hand_over(Lease lease, ReadScope read, std::unique_ptr<RowScope> rows = {}) {
        // Rows that could not be read the last time say little of the API.
        const bool tells = !read.reading || !read.reading->portion ||
                           read.reading->portion->chosen != Chosen::again;
        if (tells && !read.unanswered)
            unanswered_.answered();
        const bool unanswered = tells && read.unanswered;
        const std::string message = read.message;
        if (read.reading) {
            groups_.add(finished_of(std::move(read), std::move(rows)));
            co_await groups_.some_left();
        } else {
            co_await fail(lease, read);
        }
        if (unanswered)
            unanswered_.count_or_give_up(lease.customer_id, message);
    }

    [[nodiscard]] std::unique_ptr<Finished>
    finished_of(ReadScope read, std::unique_ptr<RowScope> rows) const {
        if (rows && options_.dry_run)
            read.reading->unwritten = {rows->progress.held, rows->counted, rows->rows.inserted};
        return std::make_unique<Finished>(Finished{
            std::move(*read.reading), read.pages, std::move(rows)});
    }

    asio::awaitable<void> fail(const Lease& lease, const ReadScope& read) {
        // Nobody else could be asked: whoever may not list the partner's own is not set up.
        const bool locked_out = read.end == ScopeEnd::refused && lease.customer_id.empty();
        co_await applier_.fail(lease, locked_out ? ScopeEnd::failing : read.end, read.message);
        if (locked_out)
            throw Error(
                Recovery::fix_api,
                "the API refuses the list of " + account_.report().resource + ": " + read.message,
                "register the application in Partner Center (App management), or give the user "
                "the role AdminAgents"
            );
    }

    asio::awaitable<void>
    confirm(std::unique_ptr<Finished> finished, std::vector<KeyText> missing) {
        const Lease lease = finished->reading.lease;
        ReadOptions options = read_options();
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

    asio::awaitable<void> apply_groups() {
        const auto idle = [this] { return claims_->exhausted() && reading_ == 0; };
        while (!tasks_.cancelled()) {
            Group group = co_await groups_.next(idle);
            if (group.empty())
                co_return;
            // What was taken is applied to its end, also when the pass is stopped meanwhile.
            co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
            co_await applier_.apply(std::move(group));
            co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation()
            );
        }
    }

    Mirror& mirror_;
    const Resource& resource_;
    PassOptions options_;
    PassAccount account_;
    RunStore runs_;
    ScopeStore scopes_;
    RowReadStore row_reads_;
    Room under_way_; ///< rows between being chosen and being applied: memory is bounded by them
    Room asked_;     ///< portions
    Patience patience_;
    Applier applier_;
    TaskGroup tasks_;
    Groups groups_;
    std::optional<Claims> claims_;
    Group interrupted_; ///< portions that the stop of the pass met half-read
    bool stopped_ = false;
    Unanswered unanswered_;
    std::string started_at_; ///< the database's clock
    std::size_t readers_ = 1;
    std::size_t reading_ = 0; ///< scopes between claim and group
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
