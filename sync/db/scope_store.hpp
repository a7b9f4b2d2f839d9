#pragma once

#include "config/settings.hpp"
#include "schema/catalogue.hpp"
#include "sync/db/pool.hpp"
#include "sync/db/scope.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// A scope that a pass is going to look at.
struct PlannedScope {
    std::int64_t scope_id = 0;
    std::string customer_id;
    /// Refused within the last day, or failing and backing off: reported so, not asked.
    std::optional<ScopeEnd> rests;
    std::string last_error;
    /// How old the data is; absent: never read, or what was read last failed, or it was made due.
    std::optional<std::chrono::milliseconds> age = {};
    bool failing = false; ///< and has rested enough
};

/// What a pass is going to look at.
struct PlannedPass {
    std::vector<PlannedScope> scopes;
    std::uint64_t skipped = 0; ///< scopes that were verified recently enough
};

/// A scope that was read in portions and came to its end.
struct EndedScope {
    Lease lease;
    ScopeReport report;
    std::uint64_t held_rows = 0; ///< rows whose deletes are held, by whatever pass
    std::uint64_t fingerprint = 0;
};

struct PlanOptions {
    std::vector<std::string> customers;               ///< ids; empty: all
    std::optional<std::chrono::milliseconds> max_age; ///< skip what was verified more recently
    bool full = false;        ///< skip only what was verified trusting no shortcut
    bool ask_refused = false; ///< ask refused scopes even if they were asked within a day
    /// Skip what was asked for, and not made due since, but for failing scopes whose rest is over.
    bool only_unasked = false;
    bool only_free = false; ///< leave out what somebody works on, and what would be skipped
    bool only_due = false;  ///< let failing scopes of customers back off
    /// Skip what was asked for since then, but for failing scopes whose rest is over; empty: don't.
    std::string not_since = {};
    /// For a dry run: plan by the customers of the mirror, whether they have scopes yet or not.
    bool without_scopes = false;
    CustomerFilter filter; ///< heeded where there may be no scopes yet
};

/// What is stored of scopes: pcmirror.sync_scopes. Every call is one transaction on the pool.
/// Throws `DatabaseError`.
class ScopeStore {
  public:
    explicit ScopeStore(DatabasePool& pool) : pool_(&pool) {}

    /// Makes the scopes that are missing, forgets those whose customer is gone, marks excluded
    /// customers' scopes and releases those that are excluded no longer.
    asio::awaitable<void> prepare(const Resource& resource, const CustomerFilter& filter);

    /// The scopes of a pass, least recently verified first; what fails does not hold up the rest.
    asio::awaitable<PlannedPass> plan(const Resource& resource, PlanOptions options);

    /// Leases those of the scopes that nobody else works on, whose customer is not throttled, and
    /// which nobody verified since `not_since` (the database's clock), nor failed to so lately that
    /// they rest. A daemon whose session is
    /// lost gets none, since to the others its leases are free: it throws (unreachable). May be
    /// repeated: what this daemon holds already is leased anew.
    asio::awaitable<std::vector<Lease>>
    claim(std::int64_t daemon_id, std::vector<std::int64_t> scope_ids, std::string not_since);

    /// Of these scopes, those that somebody else verified, or tried to, since then (with how that
    /// ended), and those that are gone with their customer.
    asio::awaitable<std::vector<ScopeReport>>
    settled_since(std::vector<std::int64_t> scope_ids, std::string since);

    /// Of these scopes, those whose customer is throttled for longer than a pass should wait.
    asio::awaitable<std::vector<ScopeReport>> throttled(std::vector<std::int64_t> scope_ids);

    /// Gives back what this daemon still holds of a resource; called at both ends of a pass.
    asio::awaitable<void> release(std::int64_t daemon_id, const Resource& resource);

    /// Records that the API refused a scope, or that nothing of it could be read.
    asio::awaitable<void> fail(std::int64_t run_id, Lease lease, ScopeEnd end, std::string message);

    /// Ends scopes that were read in portions: `applied`, `unchanged`, `failing` or `held`, with
    /// the message and the rows held; the run counts those that its portions did not. Those that
    /// somebody else has by now are left out of what it returns. May be repeated.
    asio::awaitable<std::vector<std::int64_t>> finish(RunSoFar run, std::vector<EndedScope> ended);

    /// Digest as stored: only the times move (invariant I4); where another build kept the pages, or
    /// nobody did, these are kept anew. Returns the scopes for which that was still so; the others
    /// must be applied.
    asio::awaitable<std::vector<std::int64_t>>
    touch(RunSoFar run, const std::vector<const ScopeReading*>& readings);

    /// All rows of a resource in the mirror; the base of the guard's fraction per pass.
    asio::awaitable<std::uint64_t> rows_in_mirror(const Resource& resource);

    /// The database's clock.
    asio::awaitable<std::string> now();

  private:
    DatabasePool* pool_;
};

} // namespace pcmirror
