#pragma once

#include "sync/db/run_store.hpp"
#include "sync/db/scope_store.hpp"
#include "sync/poll/pass.hpp"

#include <cstdint>
#include <exception>

namespace pcmirror {

/// Keeps the books of one pass and tells the listener of it. One thread.
class PassAccount {
  public:
    PassAccount(const Resource& resource, PassListener* listener);

    /// The pass begins; from now on the listener hears of each scope.
    void opened(std::uint64_t scopes);

    void count(const ScopeReport& scope);

    /// A scope that is in trouble and was not asked this time.
    void count_unasked(const ScopeReport& scope);
    void count_unasked(const PlannedScope& scope);

    void keep(std::vector<Change> changes);

    /// What a transaction adds to the run.
    [[nodiscard]] RunSoFar so_far() const { return {report.run_id, report.totals.requests}; }

    /// What is to be recorded of the run; `error` is what ended it early, if anything did.
    [[nodiscard]] RunEnd end(const std::exception_ptr& error) const;

    void finished() const;
    void broken_off() const;

    PassReport report;

  private:
    const Resource& resource_;
    PassListener* listener_;
    bool opened_ = false;
    std::uint64_t unasked_refused_ = 0;
    std::uint64_t unasked_failed_ = 0;
};

} // namespace pcmirror
