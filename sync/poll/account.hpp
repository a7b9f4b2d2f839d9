#pragma once

#include "sync/db/mirror_store.hpp"
#include "sync/db/run_store.hpp"
#include "sync/poll/pass.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

namespace pcmirror {

/// Keeps the books of one pass and tells the listener of it. One thread.
class PassAccount {
  public:
    PassAccount(const Resource& resource, PassListener* listener);

    /// The run that the pass is recorded as; without it, it is a dry run.
    void set_run(std::int64_t run_id) { report_.run_id = run_id; }

    /// To be counted up with each request.
    [[nodiscard]] std::uint64_t& requests() { return report_.totals.requests; }

    /// Of what is read row by row: so many rows will be asked about, if no search joins them.
    void expect_rows(std::uint64_t rows) { report_.totals.rows_expected = rows; }

    /// So many are about to be asked, whether they were expected or not.
    void count_chosen(std::uint64_t rows);

    /// One of them was.
    void count_asked();

    /// Scopes that were verified recently enough, and are not among those of the pass.
    void count_skipped(std::uint64_t scopes) { report_.totals.scopes_skipped = scopes; }

    /// The listener hears of each scope from now on.
    void tell_started(std::uint64_t scopes);

    /// More scopes than it was started with.
    void count_more(std::uint64_t scopes) { report_.totals.scopes += scopes; }

    void count(const ScopeReport& scope);

    /// A scope that is in trouble and was not asked this time.
    void count_unasked(const ScopeReport& scope);

    void keep(std::vector<Change> changes);

    /// What a transaction adds to the run.
    [[nodiscard]] RunSoFar run_so_far() const { return {report_.run_id, report_.totals.requests}; }

    /// What is to be recorded of the run; `error` is what ended it early, if anything did.
    [[nodiscard]] RunEnd run_end(const std::exception_ptr& error) const;

    /// The database's own figures, which know what a commit wrote whose answer was lost.
    void correct(const RowFigures& rows) { report_.totals.rows = rows; }

    void set_time(std::chrono::milliseconds took) { report_.took = took; }

    void tell_finished() const;
    void tell_broken_off() const;

    [[nodiscard]] const PassReport& report() const { return report_; }

    [[nodiscard]] PassReport take_report() { return std::move(report_); }

  private:
    void tell_advanced() const;

    const Resource& resource_;
    PassListener* listener_;
    PassReport report_;
    bool started_ = false;
    std::uint64_t chosen_ = 0;
    std::uint64_t unasked_refused_ = 0;
    std::uint64_t unasked_failed_ = 0;
};

} // namespace pcmirror
