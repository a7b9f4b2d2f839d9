#pragma once

#include "config/settings.hpp"
#include "schema/catalogue.hpp"
#include "sync/db/mirror_store.hpp"
#include "sync/db/rounds.hpp"
#include "sync/db/scope_store.hpp"
#include "sync/db/session.hpp"
#include "sync/gateway/partner_center.hpp"
#include "sync/poll/hurry.hpp"
#include "sync/poll/tally.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace pcmirror {

/// What a pass works with. The parts outlive it.
struct Mirror {
    const Settings& settings;
    const Catalogue& catalogue;
    PartnerCenter& api;
    DatabasePool& pool;
    DaemonSession& session;
};

struct PassOptions {
    std::vector<std::string> customers = {}; ///< ids; empty: all
    std::optional<std::chrono::milliseconds> max_age = {};
    std::optional<std::chrono::milliseconds> comes_every = {}; ///< at most so long until the next
    std::set<std::string> leaving = {}; ///< customers that are not asked: a dry run saw them leave
    bool full = false;                  ///< trust no digest; ask refused scopes, too
    bool dry_run = false;               ///< write nothing
    bool allow_deletes = false;
    bool only_unasked = false;       ///< scopes that were never asked for, or were made due since
    bool scheduled = false;          ///< heed the back-off of failing scopes
    std::optional<Round> round = {}; ///< that it is a part of: what was asked for since is done
    /// Over so much of the round's time scopes are spread; 0: they are asked at once.
    std::chrono::milliseconds spread{0};
    Hurry* hurry = nullptr; ///< outlives it; by whom it hears of scopes that have become due
};

struct PassReport {
    std::string resource;
    std::int64_t run_id = 0; ///< 0 for a dry run
    PassTotals totals;
    std::vector<ScopeReport>
        troubles;                ///< scopes that failed, were refused or are held; at most 1,000
    std::vector<Change> changes; ///< dry run only
    std::chrono::milliseconds took{0};
};

/// Hears how a pass gets on; called on the event loop.
class PassListener {
  public:
    virtual ~PassListener() = default;
    virtual void started(const Resource& resource, const PassTotals& totals) = 0;
    virtual void advanced(const Resource& resource, const PassTotals& totals) = 0;
    virtual void finished(const PassReport& report) = 0;
    /// `run_pass` is about to throw; with what the pass did until then.
    virtual void broken_off(const PassReport& report) = 0;
};

/// One pass over a resource: every scope is claimed, read, compared and applied on its own. Ends
/// with a report also when scopes failed. Throws what stops all scopes alike (fix_api: sign-in, or
/// an API out of reach or without a usable answer to many scopes in a row; fix_database: the
/// database stayed away for a minute), and cancellation; what was finished stays finished, and
/// everything else is given back. No two passes of one resource may run in one process at once.
asio::awaitable<PassReport>
run_pass(Mirror& mirror, const Resource& resource, PassOptions options, PassListener* listener);

} // namespace pcmirror
