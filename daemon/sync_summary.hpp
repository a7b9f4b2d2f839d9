#pragma once

#include "sync/poll/pass.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// How a pass over one resource ended, or that it did not.
struct PassOutcome {
    PassReport report;
    std::string failure = {}; ///< why it ended early; empty: it ran to its end
    std::string note = {};    ///< what is to be known of its figures
    bool fatal = false;       ///< that is thrown on, and told by whoever catches it
};

/// Everything that one `pcmirror sync` did.
struct SyncSummary {
    std::vector<PassOutcome> passes;
    bool dry_run = false;
    bool tolerate_refused = false;
    std::optional<std::chrono::milliseconds> max_age =
        {}; ///< what was verified within it is skipped

    [[nodiscard]] std::uint64_t scopes_failed() const;
    [[nodiscard]] std::uint64_t scopes_refused() const;
    [[nodiscard]] std::uint64_t scopes_held() const;
    [[nodiscard]] bool ended_early() const;

    /// Whether nothing stands in the way of exit code 0.
    [[nodiscard]] bool clean() const;
};

/// The table of a summary, a line that says how many scopes failed, were refused or are held, and
/// one that says how many were skipped, if any.
std::string summary_text(const SyncSummary& summary);

/// Which scopes those are, and why: for stderr. Empty when there are none.
std::string troubles_text(const SyncSummary& summary);

/// What a dry run found that would change, as a table.
std::string changes_text(const SyncSummary& summary);

/// All of it as one JSON document.
std::string summary_json(const SyncSummary& summary);

} // namespace pcmirror
