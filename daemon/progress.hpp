#pragma once

#include "daemon/progress_text.hpp"
#include "sync/poll/pass.hpp"

#include <memory>
#include <string>

namespace pcmirror {

/// One line at the foot of the terminal that log lines scroll past. There is at most one at a time.
class StatusLine {
  public:
    StatusLine();
    ~StatusLine();
    StatusLine(const StatusLine&) = delete;
    StatusLine& operator=(const StatusLine&) = delete;

    /// Replaces the line; an empty one takes it away.
    void show(const std::string& line);
};

/// Shows on stderr how a pass gets on: a bar on a terminal, else a plain line every few seconds.
class Progress : public PassListener {
  public:
    /// `budget` in requests per minute, 0: none. `api` outlives it.
    Progress(const PartnerCenter& api, int budget, bool lively);

    void started(const Resource& resource, const PassTotals& totals) override;
    void advanced(const Resource& resource, const PassTotals& totals) override;
    void finished(const PassReport& report) override;
    void broken_off(const PassReport& report) override;

    /// Takes the line away, also when a pass ended without report.
    void clear();

    /// Redraws a few times a second until it is cancelled.
    asio::awaitable<void> keep_drawing();

    /// What the last pass that broke off did; of another resource, or empty, where this one's did
    /// not even begin.
    [[nodiscard]] const PassReport& broken() const { return broken_; }

  private:
    void sample();
    void draw();
    [[nodiscard]] ProgressFigures figures() const;

    const PartnerCenter& api_;
    int budget_;
    std::unique_ptr<StatusLine> line_; ///< null: plain lines
    std::string resource_;             ///< empty: no pass runs
    std::string rows_name_;            ///< empty: it is not read row by row
    PassTotals totals_;
    PassReport broken_;
    Pace scopes_;
    Pace rows_;
    Pace requests_;
    std::chrono::steady_clock::time_point next_plain_line_;
};

} // namespace pcmirror
