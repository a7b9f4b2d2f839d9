#include "daemon/batch_verdict_text.hpp"

#include "daemon/json.hpp"
#include "daemon/table.hpp"
#include "daemon/time_text.hpp"
#include "schema/counted.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>

namespace pcmirror {
namespace {

// All are in the document that --json prints.
constexpr std::uint64_t shown_of_a_kind = 40;

constexpr std::array kinds{
    FindingKind::refused,
    FindingKind::missing_seats,
    FindingKind::unknown,
    FindingKind::conflict,
    FindingKind::name_clash,
    FindingKind::no_op,
    FindingKind::already_there};

std::string words_of(FindingKind kind) {
    std::string words(to_string(kind));
    std::ranges::replace(words, '_', ' ');
    return words;
}

std::string counts_text(const BatchVerdict& verdict) {
    const std::uint64_t queued = verdict.would_be_queued();
    std::string text = fmt::format(
        "{}: {} would be queued",
        counted(verdict.lines, "line"),
        queued == 0 ? "nothing" : std::to_string(queued)
    );
    for (const FindingKind kind : kinds)
        if (const std::uint64_t count = verdict.count(kind); count > 0)
            text += fmt::format(", {} {}", count, words_of(kind));
    return text + '\n';
}

std::string cost_text(const BatchVerdict& verdict, double budget_per_second) {
    std::string text = fmt::format(
        "{} or more: {} to read first, {} to write, {} to bring the mirror up to date",
        counted(verdict.requests(), "request"),
        verdict.needs.before,
        verdict.needs.writes,
        verdict.needs.after + verdict.listings
    );
    if (budget_per_second > 0)
        text += fmt::format(
            "; {} with the whole budget of {:.2f} requests/s",
            coarse_duration(least_seconds(verdict, budget_per_second)),
            budget_per_second
        );
    text += '\n';
    if (verdict.busiest_jobs > 1)
        text += fmt::format(
            "one after the other: {} of {}\n",
            counted(verdict.busiest_jobs, "job"),
            verdict.busiest_customer.empty() ? "the partner itself"
                                             : "customer " + verdict.busiest_customer
        );
    return text;
}

std::string seats_text(const BatchVerdict& verdict) {
    using Align = TextTable::Align;
    TextTable table(
        {{"customer"},
         {"product"},
         {"available", Align::right},
         {"queued", Align::right},
         {"wanted", Align::right},
         {"missing", Align::right}}
    );
    std::uint64_t short_of = 0;
    for (const auto& [key, seats] : verdict.seats)
        if (seats.missing > 0 && ++short_of <= shown_of_a_kind)
            table.add(
                {key.first,
                 one_line(seats.name),
                 std::to_string(seats.available),
                 std::to_string(seats.queued),
                 std::to_string(seats.wanted),
                 std::to_string(seats.missing)}
            );
    if (short_of == 0)
        return {};
    return '\n' + table.text() +
           (short_of > shown_of_a_kind ? fmt::format("and {} more\n", short_of - shown_of_a_kind)
                                       : std::string());
}

std::string findings_text(const BatchVerdict& verdict, const std::string& name) {
    std::string text;
    std::map<FindingKind, std::uint64_t> seen;
    for (const Finding& finding : verdict.findings)
        if (++seen[finding.kind] <= shown_of_a_kind)
            text += fmt::format(
                "{}:{}: {}: {}\n",
                name,
                finding.line,
                words_of(finding.kind),
                one_line(finding.text)
            );
    for (const FindingKind kind : kinds)
        if (seen[kind] > shown_of_a_kind)
            text += fmt::format("and {} more: {}\n", seen[kind] - shown_of_a_kind, words_of(kind));
    return text.empty() ? "" : '\n' + text;
}

void write_cost(JsonWriter& json, const BatchVerdict& verdict, double budget_per_second) {
    json.key("requests").begin_object().key("at_least").number(verdict.requests());
    json.key("read_first").number(verdict.needs.before);
    json.key("write").number(verdict.needs.writes);
    json.key("read_after").number(verdict.needs.after + verdict.listings);
    json.key("budget_per_second");
    budget_per_second > 0 ? json.decimal(budget_per_second) : json.null();
    json.key("seconds");
    budget_per_second > 0 ? json.decimal(least_seconds(verdict, budget_per_second)) : json.null();
    json.end_object();
    json.key("busiest").begin_object().key("customer_id");
    verdict.busiest_customer.empty() ? json.null() : json.text(verdict.busiest_customer);
    json.key("jobs").number(verdict.busiest_jobs).end_object();
}

} // namespace

double least_seconds(const BatchVerdict& verdict, double budget_per_second) {
    return budget_per_second > 0 ? static_cast<double>(verdict.requests()) / budget_per_second : 0;
}

std::string
verdict_text(const BatchVerdict& verdict, const std::string& name, double budget_per_second) {
    return counts_text(verdict) + cost_text(verdict, budget_per_second) + seats_text(verdict) +
           findings_text(verdict, name);
}

std::string verdict_json(const BatchVerdict& verdict, double budget_per_second) {
    JsonWriter json;
    json.begin_object().key("lines").number(verdict.lines);
    json.key("would_be_queued").number(verdict.would_be_queued());
    for (const FindingKind kind : kinds)
        json.key(to_string(kind)).number(verdict.count(kind));
    write_cost(json, verdict, budget_per_second);
    json.key("seats").begin_array();
    for (const auto& [key, seats] : verdict.seats) {
        json.begin_object().key("customer_id").text(key.first);
        json.key("sku_id").text(key.second).key("name").text(seats.name);
        json.key("available").number(seats.available).key("queued").number(seats.queued);
        json.key("wanted").number(seats.wanted);
        json.key("missing").number(seats.missing).end_object();
    }
    json.end_array().key("findings").begin_array();
    for (const Finding& finding : verdict.findings) {
        json.begin_object().key("line").number(finding.line);
        json.key("kind").text(to_string(finding.kind));
        json.key("text").text(finding.text).end_object();
    }
    json.end_array().end_object();
    return json.document();
}

} // namespace pcmirror
