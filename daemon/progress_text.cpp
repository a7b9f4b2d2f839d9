#include "daemon/progress_text.hpp"

#include "daemon/time_text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror {
namespace {

/// What tells best how far a pass is.
struct Way {
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    double per_second = 0;
};

Way way_of(const ProgressFigures& figures) {
    if (figures.rows.empty())
        return {figures.done, figures.total, figures.scopes_per_second};
    return {figures.rows_done, figures.rows_total, figures.rows_per_second};
}

std::string filled_bar(const ProgressFigures& figures, std::size_t width) {
    const Way way = way_of(figures);
    const double part =
        way.total == 0 ? 1.0 : static_cast<double>(way.done) / static_cast<double>(way.total);
    const auto filled =
        std::min(width, static_cast<std::size_t>(part * static_cast<double>(width)));
    return '[' + std::string(filled, '#') + std::string(width - filled, '-') + ']';
}

std::string figures_text(const ProgressFigures& figures) {
    std::string text = fmt::format("{}/{} scopes", figures.done, figures.total);
    if (!figures.rows.empty())
        text += fmt::format("  {}/{} {}", figures.rows_done, figures.rows_total, figures.rows);
    else if (figures.scopes_per_second > 0)
        text += fmt::format("  {:.1f}/s", figures.scopes_per_second);
    text += fmt::format("  {:.1f} requests/s", figures.requests_per_second);
    if (figures.budget_left)
        text += fmt::format("  budget {}% left", *figures.budget_left);
    if (const std::string to_go = time_to_go(figures); !to_go.empty())
        text += "  " + to_go + " to go";
    return text;
}

} // namespace

void Pace::add(Instant now, std::uint64_t value) {
    samples_.push_back({now, value});
    while (samples_.size() > 2 && samples_.front().at < now - window_)
        samples_.pop_front();
}

std::uint64_t Pace::growth() const {
    return samples_.empty() ? 0 : samples_.back().value - samples_.front().value;
}

double Pace::per_second() const {
    if (samples_.size() < 2)
        return 0;
    const std::chrono::duration<double> time = samples_.back().at - samples_.front().at;
    return time.count() > 0 ? static_cast<double>(growth()) / time.count() : 0;
}

std::string time_to_go(const ProgressFigures& figures) {
    const Way way = way_of(figures);
    if (way.per_second <= 0 || way.done >= way.total)
        return {};
    const double left = static_cast<double>(way.total - way.done);
    constexpr double longest = 365.0 * 24 * 3600;
    const double seconds = left / way.per_second;
    return seconds > longest ? "" : coarse_duration(seconds);
}

std::string progress_words(const ProgressFigures& figures) {
    return figures.resource + "  " + figures_text(figures);
}

std::string progress_bar(const ProgressFigures& figures, std::size_t width) {
    constexpr std::size_t widest_bar = 30;
    constexpr std::size_t narrowest_bar = 5;
    const std::string words = figures_text(figures);
    const std::size_t without_bar = figures.resource.size() + words.size() + 6;
    std::string line = figures.resource + "  ";
    if (without_bar + narrowest_bar <= width)
        line += filled_bar(figures, std::min(widest_bar, width - without_bar)) + "  ";
    return (line + words).substr(0, width);
}

} // namespace pcmirror
