#pragma once

#include "sync/db/guard.hpp"
#include "sync/db/mirror_store.hpp"
#include "sync/db/scope_store.hpp"
#include "sync/poll/account.hpp"
#include "sync/poll/groups.hpp"
#include "sync/poll/pass.hpp"
#include "sync/poll/patience.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pcmirror {

/// Brings groups of readings into the mirror and counts how their scopes end. One thread.
class Applier {
  public:
    struct Options {
        GuardLimits guard;
        bool allow_deletes = false;
        bool dry_run = false;
        /// Takes over a reading whose missing rows want a proof of their absence.
        std::function<void(std::unique_ptr<Finished>, std::vector<KeyText> missing)> unconfirmed =
            {};
        /// Goes on with a scope that is read row by row, once a portion of it was applied.
        std::function<void(std::unique_ptr<RowScope>)> unfinished = {};
    };

    /// The parts outlive the applier.
    Applier(
        Mirror& mirror,
        const Resource& resource,
        PassAccount& account,
        Patience& patience,
        Options options
    );

    /// Reads the base of the guard's fraction per pass. To be called first.
    asio::awaitable<void> open();

    asio::awaitable<void> apply(Group group);

    /// Records that nothing of a scope could be read.
    asio::awaitable<void> fail(const Lease& lease, ScopeEnd end, std::string message);

  private:
    asio::awaitable<void> end_row_scopes(Group& group);
    asio::awaitable<std::map<std::string, std::uint64_t>> held_in(const Group& group);
    asio::awaitable<void> decode_held_back(Group& group);
    static asio::awaitable<void> decode(ScopeReading& reading);
    asio::awaitable<void> touch_unchanged(Group& group);
    asio::awaitable<bool> apply_together(Group& group);
    asio::awaitable<void> apply_alone(std::unique_ptr<Finished> finished);
    asio::awaitable<void> write(Group& group);
    void go_on(std::unique_ptr<Finished> finished, const ScopeReport& report);

    Mirror& mirror_;
    const Resource& resource_;
    PassAccount& account_;
    Patience& patience_;
    Options options_;
    ScopeStore scopes_;
    RowReadStore row_reads_;
    MirrorStore rows_;
    PassDeletes deletes_;
};

} // namespace pcmirror
