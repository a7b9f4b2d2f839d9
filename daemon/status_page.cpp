#include "daemon/status_page.hpp"

#include "daemon/queue_text.hpp"
#include "daemon/request_plot.hpp"
#include "daemon/status_page_assets.hpp"
#include "daemon/time_text.hpp"
#include "daemon/web/html.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <sstream>
#include <string_view>
#include <vector>

namespace pcmirror {
namespace {

/// Heading of a column, and whether it holds numbers.
struct Heading {
    std::string_view name;
    bool numbers = false;
    bool wraps = false;
};

/// A table that scrolls where it is too wide, and becomes a card a row where the screen is narrow.
class PageTable {
  public:
    PageTable(Html& html, std::string_view label, std::vector<Heading> headings)
        : html_(html), headings_(std::move(headings)) {
        html_.begin(
            "div",
            {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", label}}
        );
        // Roles by name: as cards, the elements are no table to a screen reader any more.
        html_.begin("table", {{"class", "cards"}, {"role", "table"}, {"aria-label", label}});
        html_.begin("thead", {{"role", "rowgroup"}}).begin("tr", {{"role", "row"}});
        for (const Heading& heading : headings_)
            html_.element(
                "th",
                heading.name,
                {{"scope", "col"},
                 {"role", "columnheader"},
                 {"class", heading.numbers ? "number" : ""}}
            );
        html_.end().end().begin("tbody", {{"role", "rowgroup"}});
    }

    ~PageTable() { html_.end().end().end(); }

    PageTable(const PageTable&) = delete;
    PageTable& operator=(const PageTable&) = delete;

    void begin_row(std::string_view first) {
        column_ = 0;
        html_.begin("tr", {{"role", "row"}});
        html_.element("th", first, {{"scope", "row"}, {"role", "rowheader"}});
    }

    void cell(std::string_view text) {
        begin_cell();
        html_.text(text).end();
    }

    void badge(std::string_view text, std::string_view kind) {
        begin_cell();
        html_.element("span", text, {{"class", fmt::format("badge {}", kind)}}).end();
    }

    void end_row() { html_.end(); }

  private:
    void begin_cell() {
        const Heading& heading = headings_.at(++column_);
        html_.begin(
            "td",
            {{"role", "cell"},
             {"data-name", heading.name},
             {"class",
              heading.numbers ? "number"
              : heading.wraps ? "wrap"
                              : ""}}
        );
    }

    Html& html_;
    std::vector<Heading> headings_;
    std::size_t column_ = 0;
};

std::string or_nothing(std::uint64_t number) {
    return number == 0 ? std::string() : std::to_string(number);
}

std::string ago(double seconds) {
    return seconds < 1 ? "now" : coarse_duration(seconds) + " ago";
}

void section(
    Html& html, std::string_view id, std::string_view title, const std::function<void()>& content
) {
    const std::string heading = fmt::format("{}-title", id);
    html.begin("section", {{"id", id}, {"aria-labelledby", heading}});
    html.element("h2", title, {{"id", heading}});
    content();
    html.end();
}

void show_troubles(Html& html, const AdminFacts& facts) {
    if (facts.ready() && facts.database_trouble.empty())
        return;
    section(html, "troubles", "What is wrong", [&] {
        html.begin("ul", {{"class", "troubles"}});
        if (facts.hang)
            html.element("li", *facts.hang + "; systemd restarts it where its watchdog is set");
        for (const Trouble& trouble : facts.troubles) {
            html.begin("li").element("strong", trouble.name).text(": " + trouble.why);
            if (!trouble.hint.empty())
                html.begin("div", {{"class", "soft"}}).text(trouble.hint).end();
            html.end();
        }
        if (!facts.database_trouble.empty())
            html.element(
                "li", "The database does not tell what stands below: " + facts.database_trouble
            );
        html.end();
    });
}

std::string changes_text(const Overview& overview, const std::string& resource) {
    const auto found = overview.day.find(resource);
    if (found == overview.day.end())
        return {};
    const DayOfResource& day = found->second;
    if (day.inserted + day.updated + day.deleted == 0)
        return "none";
    return fmt::format("+{} ~{} -{}", day.inserted, day.updated, day.deleted);
}

std::string due_text(const ResourceStatus& line) {
    if (!line.next_due)
        return "nobody polls";
    const std::chrono::duration<double> left = *line.next_due - std::chrono::system_clock::now();
    return left.count() < 1 ? "now" : "in " + coarse_duration(left.count());
}

void show_resource(PageTable& table, const AdminFacts& facts, const ResourceStatus& line) {
    const ResourceState& state = line.state;
    table.begin_row(line.resource);
    if (!state.age)
        table.badge("never read", "warn");
    else if (line.fresh)
        table.badge("fresh", "good");
    else
        table.badge("late", "bad");
    table.cell(state.age ? coarse_duration(*state.age) : "");
    table.cell(std::to_string(state.rows));
    table.cell(changes_text(facts.overview, line.resource));
    table.cell(or_nothing(state.failing));
    table.cell(or_nothing(state.refused));
    table.cell(or_nothing(state.held));
    const auto rejected = facts.overview.rejected.find(line.resource);
    table.cell(rejected == facts.overview.rejected.end() ? "" : std::to_string(rejected->second));
    table.cell(line.schedule);
    table.cell(due_text(line));
    table.cell(state.last_error);
    table.end_row();
}

void show_resources(Html& html, const AdminFacts& facts) {
    section(html, "resources", "Resources", [&] {
        PageTable table(
            html,
            "Resources",
            {{"resource"},
             {"state"},
             {"age", true},
             {"rows", true},
             {"changes in a day", true},
             {"failing", true},
             {"refused", true},
             {"held", true},
             {"rejected", true},
             {"schedule"},
             {"next due"},
             {"last error", false, true}}
        );
        for (const ResourceStatus& line : facts.status->lines)
            show_resource(table, facts, line);
    });
}

std::string customer_text(const std::string& name, const std::string& id) {
    if (id.empty())
        return "the partner";
    return name.empty() ? id : name;
}

/// What a person does about it.
std::string what_to_do(const TroubledScope& scope) {
    const std::string customer =
        scope.customer_id.empty() ? "" : " --customer " + scope.customer_id;
    if (scope.state == "held")
        return fmt::format("pcmirror sync {}{} --allow-deletes", scope.resource, customer);
    if (scope.state == "refused")
        return "see the roles that this customer grants (GDAP)";
    return fmt::format("it is tried again; at once: pcmirror sync {}{}", scope.resource, customer);
}

void show_troubled(Html& html, const Overview& overview) {
    if (overview.troubled.empty())
        return;
    section(html, "customers", "Customers in trouble", [&] {
        html.element(
            "p",
            fmt::format("{} of {} scopes", overview.troubled.size(), overview.troubled_scopes),
            {{"class", "soft"}}
        );
        PageTable table(
            html,
            "Customers in trouble",
            {{"customer"},
             {"resource"},
             {"state"},
             {"asked"},
             {"in a row", true},
             {"why", false, true},
             {"what to do", false, true}}
        );
        for (const TroubledScope& scope : overview.troubled) {
            table.begin_row(customer_text(scope.company_name, scope.customer_id));
            table.cell(scope.resource);
            table.badge(scope.state, scope.state == "refused" ? "warn" : "bad");
            table.cell(ago(scope.asked_seconds_ago));
            table.cell(or_nothing(static_cast<std::uint64_t>(std::max(scope.failures, 0))));
            table.cell(scope.error);
            table.cell(what_to_do(scope));
            table.end_row();
        }
    });
}

void show_requests(Html& html, const AdminFacts& facts) {
    section(html, "requests", "What requests were spent on", [&] {
        if (facts.overview.partner_throttled_for > 0)
            html.element(
                "p",
                fmt::format(
                    "The API asked to be left alone for {} more.",
                    coarse_duration(facts.overview.partner_throttled_for)
                )
            );
        if (facts.overview.customers_throttled > 0)
            html.element(
                "p", fmt::format("Customers throttled now: {}.", facts.overview.customers_throttled)
            );
        draw_requests(html, facts.overview.requests, 60.0 * facts.requests_per_minute);
    });
}

void show_queue(Html& html, const QueueReport& queue) {
    section(html, "queue", "Jobs", [&] {
        std::istringstream lines(queue_text(queue));
        for (std::string line; std::getline(lines, line);)
            html.element("p", line);
    });
}

void show_changes(Html& html, const Overview& overview) {
    section(html, "changes", "Recent changes", [&] {
        if (overview.changes.empty()) {
            html.element("p", "None yet.");
            return;
        }
        PageTable table(
            html,
            "Recent changes",
            {{"when"},
             {"resource"},
             {"operation"},
             {"rows", true},
             {"customer"},
             {"columns", false, true},
             {"found by"}}
        );
        for (const RecentChange& change : overview.changes) {
            table.begin_row(ago(change.seconds_ago));
            table.cell(change.resource);
            table.cell(change.operation);
            table.cell(std::to_string(change.rows));
            table.cell(customer_text(change.company_name, change.customer_id));
            table.cell(change.columns);
            table.cell(change.job_id.empty() ? "a poll" : "job " + change.job_id);
            table.end_row();
        }
    });
}

void show_daemons(Html& html, const std::vector<LivingDaemon>& daemons) {
    section(html, "daemons", "Processes on this database", [&] {
        if (daemons.empty()) {
            html.element("p", "None.");
            return;
        }
        PageTable table(
            html,
            "Processes",
            {{"process"},
             {"number", true},
             {"host"},
             {"pid", true},
             {"version"},
             {"since"},
             {"heartbeat"}}
        );
        for (const LivingDaemon& daemon : daemons) {
            table.begin_row(daemon.kind);
            table.cell(std::to_string(daemon.daemon_id));
            table.cell(daemon.host);
            table.cell(std::to_string(daemon.pid));
            table.cell(daemon.version);
            table.cell(daemon.started_at);
            table.cell(ago(daemon.heartbeat_ago));
            table.end_row();
        }
    });
}

std::string_view state_text(const AdminFacts& facts) {
    if (!facts.ready())
        return "not ready";
    if (facts.status && !facts.status->fresh())
        return "late";
    return "ready";
}

void show_head(Html& html, const AdminFacts& facts, const std::string& nonce) {
    html.begin("head").lone("meta", {{"charset", "utf-8"}});
    html.lone("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
    html.element("title", fmt::format("pcmirror: {}", state_text(facts)));
    html.begin("noscript").lone("meta", {{"http-equiv", "refresh"}, {"content", "30"}}).end();
    html.begin("style", {{"nonce", nonce}}).markup(status_page_style()).end().end();
}

void show_header(Html& html, const AdminFacts& facts) {
    const std::string_view state = state_text(facts);
    const char* kind = state == "ready" ? "good" : state == "late" ? "warn" : "bad";
    html.begin("header").element("h1", "pcmirror");
    html.begin("span", {{"id", "state"}, {"role", "status"}});
    html.element("span", state, {{"class", fmt::format("badge {}", kind)}}).end();
    html.element("span", "", {{"id", "told"}, {"role", "alert"}}).end();
}

void show_footer(Html& html, const AdminFacts& facts) {
    html.begin("footer").begin("p", {{"id", "read"}});
    html.text(fmt::format("pcmirror {}", PCMIRROR_VERSION));
    if (facts.status)
        html.text(fmt::format(", as of {}", iso_time(facts.read_at)));
    html.text(". For programs: ");
    for (const char* path : {"/healthz", "/readyz", "/metrics"})
        html.element("a", path, {{"href", path}}).text(" ");
    html.end().end();
}

} // namespace

std::string status_page(const AdminFacts& facts, const std::string& nonce) {
    Html html;
    html.markup("<!doctype html>\n").begin("html", {{"lang", "en"}});
    show_head(html, facts, nonce);
    html.begin("body");
    show_header(html, facts);
    html.begin("main", {{"id", "main"}});
    show_troubles(html, facts);
    if (facts.status) {
        show_resources(html, facts);
        show_troubled(html, facts.overview);
        show_requests(html, facts);
        show_queue(html, facts.status->queue);
        show_changes(html, facts.overview);
        show_daemons(html, facts.status->daemons);
    }
    html.end();
    show_footer(html, facts);
    html.begin("script", {{"nonce", nonce}}).markup(status_page_script()).end();
    return std::move(html).document();
}

std::string status_page_policy(const std::string& nonce) {
    return fmt::format(
        "default-src 'none'; style-src 'nonce-{0}'; script-src 'nonce-{0}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        nonce
    );
}

} // namespace pcmirror
