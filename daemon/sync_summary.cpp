#include "daemon/sync_summary.hpp"

#include "config/read.hpp"
#include "daemon/json.hpp"
#include "daemon/table.hpp"
#include "schema/counted.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>

namespace pcmirror {
namespace {

using Align = TextTable::Align;

using Value = std::uint64_t (*)(const PassTotals&);

template <std::uint64_t PassTotals::*figure> std::uint64_t of(const PassTotals& totals) {
    return totals.*figure;
}

template <std::uint64_t RowFigures::*figure> std::uint64_t of_rows(const PassTotals& totals) {
    return totals.rows.*figure;
}

/// The figures of a pass, as table and JSON name them.
struct Figure {
    std::string_view name;
    Value value;
    bool in_table = true;
};

constexpr std::array figures{
    Figure{"seen", of_rows<&RowFigures::seen>},
    Figure{"inserted", of_rows<&RowFigures::inserted>},
    Figure{"updated", of_rows<&RowFigures::updated>},
    Figure{"deleted", of_rows<&RowFigures::deleted>},
    Figure{"held", of_rows<&RowFigures::held>},
    Figure{"rejected", of_rows<&RowFigures::rejected>},
    Figure{"refused", of<&PassTotals::scopes_refused>},
    Figure{"failed", of<&PassTotals::scopes_failed>},
    Figure{"requests", of<&PassTotals::requests>},
    Figure{"scopes", of<&PassTotals::scopes>, false},
    Figure{"scopes_done", of<&PassTotals::scopes_done>, false},
    Figure{"scopes_ok", of<&PassTotals::scopes_ok>, false},
    Figure{"scopes_unchanged", of<&PassTotals::scopes_unchanged>, false},
    Figure{"scopes_held", of<&PassTotals::scopes_held>, false},
    Figure{"scopes_elsewhere", of<&PassTotals::scopes_elsewhere>, false},
    Figure{"scopes_skipped", of<&PassTotals::scopes_skipped>, false},
};

std::uint64_t sum(const SyncSummary& summary, Value value) {
    std::uint64_t total = 0;
    for (const PassOutcome& pass : summary.passes)
        total += value(pass.report.totals);
    return total;
}

std::string_view word(ScopeEnd end) {
    if (end == ScopeEnd::refused)
        return "refused";
    return end == ScopeEnd::held ? "held" : "failed";
}

std::string scope_name(const std::string& resource, const std::string& customer_id) {
    return customer_id.empty() ? resource : resource + " of customer " + customer_id;
}

/// `failed   subscriptions of customer 4d3c...: why`, of one kind at most as many as a person
/// reads.
std::string troubles_of(const PassOutcome& pass, ScopeEnd end, std::uint64_t count) {
    constexpr std::size_t most = 20;
    std::string text;
    std::size_t shown = 0;
    for (const ScopeReport& scope : pass.report.troubles) {
        if (scope.end != end || shown == most)
            continue;
        ++shown;
        text += fmt::format(
            "{:<8} {}: {}\n",
            word(end),
            scope_name(pass.report.resource, scope.customer_id),
            one_line(scope.message)
        );
    }
    if (count > shown)
        text += fmt::format(
            "{:<8} {}: and {} more; see pcmirror.sync_scopes\n",
            word(end),
            pass.report.resource,
            count - shown
        );
    return text;
}

void write_trouble(JsonWriter& json, const ScopeReport& scope) {
    json.begin_object().key("state").text(word(scope.end)).key("customer_id");
    if (scope.customer_id.empty())
        json.null();
    else
        json.text(scope.customer_id);
    json.key("held").number(scope.rows.held).key("error").text(scope.message);
    json.end_object();
}

void write_values(JsonWriter& json, std::string_view name, const std::string& values) {
    json.key(name);
    if (values.empty())
        json.null();
    else
        json.raw(values);
}

void write_change(JsonWriter& json, const Change& change) {
    json.begin_object();
    json.key("table").text(change.table);
    json.key("operation").text(change.operation);
    write_values(json, "key", change.key);
    write_values(json, "old", change.old_values);
    write_values(json, "new", change.new_values);
    json.end_object();
}

void write_pass(JsonWriter& json, const PassOutcome& pass, bool dry_run) {
    const PassReport& report = pass.report;
    json.begin_object().key("resource").text(report.resource);
    json.key("run_id");
    report.run_id == 0 ? json.null() : json.number(report.run_id);
    for (const Figure& figure : figures)
        json.key(figure.name).number(figure.value(report.totals));
    json.key("seconds").decimal(static_cast<double>(report.took.count()) / 1000.0);
    json.key("error");
    pass.failure.empty() ? json.null() : json.text(pass.failure);
    json.key("note");
    pass.note.empty() ? json.null() : json.text(pass.note);
    json.key("troubles").begin_array();
    for (const ScopeReport& scope : report.troubles)
        write_trouble(json, scope);
    json.end_array();
    if (dry_run) {
        json.key("changes").begin_array();
        for (const Change& change : report.changes)
            write_change(json, change);
        json.end_array();
    }
    json.end_object();
}

std::string closing_line(const SyncSummary& summary) {
    std::string line = fmt::format(
        "{}: {} ok, {} failed, {} refused, {} held",
        counted(sum(summary, of<&PassTotals::scopes>), "scope"),
        sum(summary, of<&PassTotals::scopes_ok>),
        summary.scopes_failed(),
        summary.scopes_refused(),
        summary.scopes_held()
    );
    if (const std::uint64_t elsewhere = sum(summary, of<&PassTotals::scopes_elsewhere>);
        elsewhere > 0)
        line += fmt::format(", {} done by another process", elsewhere);
    if (const std::uint64_t rejected = sum(summary, of_rows<&RowFigures::rejected>); rejected > 0)
        line += "; " + counted(rejected, "record") + " rejected, see pcmirror.rejected_records";
    for (const PassOutcome& pass : summary.passes)
        if (!pass.failure.empty())
            line += "; " + pass.report.resource + " ended early";
    return line + (summary.dry_run ? "; dry run, nothing was written\n" : "\n");
}

std::string skipped_line(const SyncSummary& summary) {
    const std::uint64_t skipped = sum(summary, of<&PassTotals::scopes_skipped>);
    if (skipped == 0 || !summary.max_age)
        return {};
    return fmt::format(
        "{} verified within the last {} {} skipped\n",
        counted(skipped, "scope"),
        show_duration(*summary.max_age),
        skipped == 1 ? "was" : "were"
    );
}

} // namespace

std::uint64_t SyncSummary::scopes_failed() const {
    return sum(*this, of<&PassTotals::scopes_failed>);
}

std::uint64_t SyncSummary::scopes_refused() const {
    return sum(*this, of<&PassTotals::scopes_refused>);
}

std::uint64_t SyncSummary::scopes_held() const {
    return sum(*this, of<&PassTotals::scopes_held>);
}

bool SyncSummary::ended_early() const {
    return std::ranges::any_of(passes, [](const PassOutcome& pass) {
        return !pass.failure.empty();
    });
}

bool SyncSummary::clean() const {
    const bool refused = scopes_refused() > 0 && !tolerate_refused;
    return scopes_failed() == 0 && scopes_held() == 0 && !refused && !ended_early();
}

std::string summary_text(const SyncSummary& summary) {
    std::vector<TextTable::Heading> headings{{"resource", Align::left}};
    for (const Figure& figure : figures)
        if (figure.in_table)
            headings.push_back({std::string(figure.name), Align::right});
    headings.push_back({"time", Align::right});
    TextTable table(std::move(headings));
    for (const PassOutcome& pass : summary.passes) {
        std::vector<std::string> cells{pass.report.resource};
        for (const Figure& figure : figures)
            if (figure.in_table)
                cells.push_back(std::to_string(figure.value(pass.report.totals)));
        const double seconds = static_cast<double>(pass.report.took.count()) / 1000.0;
        cells.push_back(fmt::format("{:.1f}s", seconds));
        table.add(std::move(cells));
    }
    std::string text = table.text() + closing_line(summary) + skipped_line(summary);
    for (const PassOutcome& pass : summary.passes)
        if (!pass.note.empty())
            text += pass.report.resource + ": " + pass.note + '\n';
    return text;
}

std::string troubles_text(const SyncSummary& summary) {
    std::string text;
    for (const PassOutcome& pass : summary.passes) {
        const PassTotals& totals = pass.report.totals;
        text += troubles_of(pass, ScopeEnd::failing, totals.scopes_failed);
        text += troubles_of(pass, ScopeEnd::refused, totals.scopes_refused);
        text += troubles_of(pass, ScopeEnd::held, totals.scopes_held);
        if (!pass.failure.empty() && !pass.fatal)
            text += fmt::format("ended    {}: {}\n", pass.report.resource, pass.failure);
    }
    return text;
}

std::string changes_text(const SyncSummary& summary) {
    TextTable table({{"operation"}, {"table"}, {"key"}, {"old"}, {"new"}});
    for (const PassOutcome& pass : summary.passes)
        for (const Change& change : pass.report.changes)
            table.add(
                {change.operation, change.table, change.key, change.old_values, change.new_values}
            );
    return table.empty() ? "nothing would change\n" : table.text();
}

std::string summary_json(const SyncSummary& summary) {
    JsonWriter json;
    json.begin_object();
    json.key("ok").boolean(summary.clean()).key("dry_run").boolean(summary.dry_run);
    json.key("scopes_failed").number(summary.scopes_failed());
    json.key("scopes_refused").number(summary.scopes_refused());
    json.key("scopes_held").number(summary.scopes_held());
    json.key("resources").begin_array();
    for (const PassOutcome& pass : summary.passes)
        write_pass(json, pass, summary.dry_run);
    json.end_array().end_object();
    return json.document();
}

} // namespace pcmirror
