#include "daemon/progress.hpp"

#include "config/log.hpp"
#include "daemon/output.hpp"
#include "sync/poll/tasks.hpp"

#include <algorithm>
#include <mutex>

namespace pcmirror {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds pace_window(60);
constexpr std::chrono::milliseconds redraw_interval(200);
constexpr std::chrono::seconds plain_interval(5);

constexpr std::string_view erase_line = "\r\x1b[K";

/// What is on the terminal. The log calls plain functions, hence one for the process.
struct Foot {
    std::mutex mutex;
    std::string line;
};

Foot& foot() {
    static Foot the_foot;
    return the_foot;
}

// Locked from the one to the other, so that nobody draws between the log's line and the redrawing.
void before_log_line() {
    foot().mutex.lock();
    if (!foot().line.empty())
        tell(erase_line);
}

void after_log_line() {
    tell(foot().line);
    foot().mutex.unlock();
}

} // namespace

StatusLine::StatusLine() {
    set_log_interleave(before_log_line, after_log_line);
}

StatusLine::~StatusLine() {
    show("");
    set_log_interleave(nullptr, nullptr);
}

void StatusLine::show(const std::string& line) {
    const std::lock_guard lock(foot().mutex);
    if (foot().line.empty() && line.empty())
        return;
    foot().line = line;
    tell(std::string(erase_line) + line);
}

Progress::Progress(const PartnerCenter& api, int budget, bool lively)
    : api_(api), budget_(budget), line_(lively ? std::make_unique<StatusLine>() : nullptr),
      scopes_(pace_window), rows_(pace_window), requests_(pace_window) {}

void Progress::started(const Resource& resource, const PassTotals& totals) {
    resource_ = resource.name;
    rows_name_ = resource.per_row_of == nullptr ? "" : resource.per_row_of->name;
    totals_ = totals;
    scopes_ = Pace(pace_window);
    rows_ = Pace(pace_window);
    next_plain_line_ = SteadyClock::now() + plain_interval;
    sample();
    draw();
}

void Progress::advanced(const Resource&, const PassTotals& totals) {
    totals_ = totals;
}

void Progress::finished(const PassReport& report) {
    totals_ = report.totals;
    clear();
}

void Progress::broken_off(const PassReport& report) {
    broken_ = report;
    clear();
}

void Progress::clear() {
    resource_.clear();
    if (line_ != nullptr)
        line_->show("");
}

asio::awaitable<void> Progress::keep_drawing() {
    while (true) {
        sample();
        draw();
        co_await sleep_for(redraw_interval);
    }
}

void Progress::sample() {
    const auto now = SteadyClock::now();
    scopes_.add(now, totals_.scopes_done);
    rows_.add(now, totals_.rows_asked);
    requests_.add(now, api_.counters().requests);
}

void Progress::draw() {
    if (resource_.empty())
        return;
    if (line_ != nullptr) {
        // The last column stays free: a full line makes some terminals wrap.
        line_->show(progress_bar(figures(), std::max<std::size_t>(terminal_width(), 2) - 1));
    } else if (SteadyClock::now() >= next_plain_line_) {
        next_plain_line_ = SteadyClock::now() + plain_interval;
        tell(progress_words(figures()) + '\n');
    }
}

ProgressFigures Progress::figures() const {
    ProgressFigures figures;
    figures.resource = resource_;
    figures.done = totals_.scopes_done;
    figures.total = totals_.scopes;
    figures.scopes_per_second = scopes_.per_second();
    if (totals_.rows_expected > 0) {
        figures.rows = rows_name_;
        figures.rows_done = totals_.rows_asked;
        figures.rows_total = totals_.rows_expected;
        figures.rows_per_second = rows_.per_second();
    }
    figures.requests_per_second = requests_.per_second();
    if (budget_ > 0) {
        const auto used = requests_.growth() * 100 / static_cast<unsigned>(budget_);
        figures.budget_left = used >= 100 ? 0 : 100 - static_cast<int>(used);
    }
    return figures;
}

} // namespace pcmirror
