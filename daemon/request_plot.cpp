#include "daemon/request_plot.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <vector>

namespace pcmirror {
namespace {

constexpr double width = 720;
constexpr double height = 200;
constexpr double left = 56;   ///< for the numbers of the axis
constexpr double bottom = 24; ///< for the hours
constexpr double top = 10;
constexpr double plot_height = height - bottom - top;
constexpr double slot = (width - left) / hours_of_day;

// Styles of the page, each with a colour for light and for dark.
constexpr std::size_t series_styles = 8;

struct Series {
    std::string name;
    RequestsByHour hours{};
    std::string style;

    [[nodiscard]] double total() const { return std::accumulate(hours.begin(), hours.end(), 0.0); }
};

/// The largest first, so that they stand at the foot of the bars.
std::vector<Series> series_of(const std::map<std::string, RequestsByHour>& requests) {
    std::vector<Series> series;
    series.reserve(requests.size());
    for (const auto& [name, hours] : requests)
        series.push_back({name, hours, {}});
    std::ranges::stable_sort(series, [](const Series& one, const Series& other) {
        return one.total() > other.total();
    });
    for (std::size_t number = 0; number < series.size(); ++number)
        series[number].style = fmt::format("s{}", std::min(number, series_styles - 1));
    return series;
}

double largest_hour(const std::vector<Series>& series) {
    double largest = 0;
    for (std::size_t hour = 0; hour < hours_of_day; ++hour)
        largest = std::max(
            largest,
            std::accumulate(
                series.begin(),
                series.end(),
                0.0,
                [&](double sum, const Series& one) { return sum + one.hours.at(hour); }
            )
        );
    return largest;
}

/// 1, 2 or 5 with zeros, at least as much.
double round_up(double value) {
    const double decade = std::pow(10.0, std::floor(std::log10(std::max(value, 1.0))));
    for (const double step : {1.0, 2.0, 5.0})
        if (value <= step * decade)
            return step * decade;
    return 10 * decade;
}

std::string whole(double value) {
    return fmt::format("{:.0f}", value);
}

std::string at(double value) {
    return fmt::format("{:.1f}", value);
}

class Plot {
  public:
    Plot(Html& html, std::vector<Series> series, double budget)
        : html_(html), series_(std::move(series)), budget_(budget),
          scale_(round_up(largest_hour(series_))) {}

    void draw() {
        html_.begin(
            "svg",
            {{"viewBox", fmt::format("0 0 {} {}", width, height)},
             {"role", "img"},
             {"aria-labelledby", "requests-title requests-text"}}
        );
        html_.element("title", "Requests of the last 24 hours", {{"id", "requests-title"}});
        html_.element("desc", description(), {{"id", "requests-text"}});
        draw_axis();
        for (std::size_t hour = 0; hour < hours_of_day; ++hour)
            draw_hour(hour);
        draw_budget();
        html_.end();
    }

    void list() {
        html_.begin("ul", {{"class", "legend"}});
        for (const Series& one : series_) {
            html_.begin("li").begin(
                "span", {{"class", "key " + one.style}, {"aria-hidden", "true"}}
            );
            html_.end().text(fmt::format(" {}: {:.0f}", one.name, one.total())).end();
        }
        html_.end();
    }

  private:
    [[nodiscard]] double y_of(double value) const {
        return top + plot_height * (1 - value / scale_);
    }

    [[nodiscard]] std::string description() const {
        std::string text = "Stacked bars, an hour each.";
        for (const Series& one : series_)
            text += fmt::format(" {}: {:.0f} in all.", one.name, one.total());
        return text;
    }

    void draw_axis() {
        for (const double part : {0.0, 0.5, 1.0}) {
            const std::string y = at(y_of(part * scale_));
            html_
                .begin(
                    "line",
                    {{"class", "grid"}, {"x1", at(left)}, {"x2", at(width)}, {"y1", y}, {"y2", y}}
                )
                .end();
            html_.element(
                "text",
                whole(part * scale_),
                {{"x", at(left - 6)}, {"y", at(y_of(part * scale_) + 4)}, {"text-anchor", "end"}}
            );
        }
        for (const int ago : {24, 18, 12, 6})
            html_.element(
                "text",
                fmt::format("{} h ago", ago),
                {{"x", at(left + slot * (24 - ago))}, {"y", at(height - 6)}}
            );
        html_.element(
            "text", "now", {{"x", at(width)}, {"y", at(height - 6)}, {"text-anchor", "end"}}
        );
    }

    void draw_hour(std::size_t hour) {
        double below = 0;
        for (const Series& one : series_) {
            const double value = one.hours.at(hour);
            if (value <= 0)
                continue;
            html_.begin(
                "rect",
                {{"class", one.style},
                 {"x", at(left + slot * static_cast<double>(hour) + 1)},
                 {"width", at(slot - 2)},
                 {"y", at(y_of(below + value))},
                 {"height", at(plot_height * value / scale_)}}
            );
            html_.element("title", fmt::format("{}: {:.0f}", one.name, value)).end();
            below += value;
        }
    }

    void draw_budget() {
        if (budget_ <= 0 || budget_ > scale_)
            return;
        const std::string y = at(y_of(budget_));
        html_
            .begin(
                "line",
                {{"class", "budget"}, {"x1", at(left)}, {"x2", at(width)}, {"y1", y}, {"y2", y}}
            )
            .element("title", fmt::format("budget: {:.0f} an hour", budget_))
            .end();
    }

    Html& html_;
    std::vector<Series> series_;
    double budget_;
    double scale_;
};

} // namespace

void draw_requests(
    Html& html, const std::map<std::string, RequestsByHour>& requests, double budget
) {
    std::vector<Series> series = series_of(requests);
    std::erase_if(series, [](const Series& one) { return one.total() <= 0; });
    if (series.empty()) {
        html.element("p", "No requests within the last day.");
        return;
    }
    Plot plot(html, std::move(series), budget);
    html.begin(
        "div",
        {{"class", "scroll"},
         {"tabindex", "0"},
         {"role", "region"},
         {"aria-label", "Plot of requests"}}
    );
    plot.draw();
    html.end();
    plot.list();
}

} // namespace pcmirror
