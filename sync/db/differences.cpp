#include "sync/db/differences.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pcmirror {
namespace {

bool is_expected(const Differences& expected, const std::string& counted, long long difference) {
    const auto found = expected.find(counted);
    return found != expected.end() && found->second == difference;
}

template <typename Values> std::string json_of(const Values& values) {
    return values.empty() ? "" : nlohmann::json(values).dump();
}

template <typename Values> Values read_json(std::string_view json) {
    return json.empty() ? Values() : nlohmann::json::parse(json).get<Values>();
}

std::vector<std::string>
common(const std::vector<std::string>& some, const std::vector<std::string>& others) {
    std::vector<std::string> both;
    std::ranges::set_intersection(some, others, std::back_inserter(both));
    return both;
}

} // namespace

long long usual_of(const Differences& usual, const std::string& counted) {
    const auto found = usual.find(counted);
    return found == usual.end() ? 0 : found->second;
}

long long closest_to_usual(long long usual, long long difference, long long held) {
    return std::clamp(usual, difference, difference + held);
}

Differences sum_of(const Findings& findings) {
    Differences sum;
    for (const auto& [key, finding] : findings)
        sum[finding.counted] += finding.change;
    return sum;
}

std::vector<std::string> Deviation::counters() const {
    std::vector<std::string> both;
    std::ranges::merge(risen, fallen, std::back_inserter(both));
    return both;
}

Deviation
deviation_of(const Differences& now, const Differences& usual, const Differences& expected) {
    Deviation deviation;
    for (const auto& [counted, difference] : now) {
        const long long known = usual_of(usual, counted);
        if (difference == known || is_expected(expected, counted, difference))
            continue;
        (difference > known ? deviation.risen : deviation.fallen).push_back(counted);
    }
    return deviation;
}

Deviation lasting(const Deviation& before, const Deviation& now) {
    return {common(before.risen, now.risen), common(before.fallen, now.fallen)};
}

Differences expected_after(
    const Differences& now,
    const Differences& usual,
    const Differences& expected,
    const Deviation& before,
    const std::vector<std::string>& moved
) {
    const auto deviated = [&](const std::string& counted) {
        return std::ranges::binary_search(before.risen, counted) ||
               std::ranges::binary_search(before.fallen, counted) ||
               std::ranges::binary_search(moved, counted);
    };
    Differences next;
    for (const auto& [counted, difference] : now)
        if (difference != usual_of(usual, counted) &&
            (is_expected(expected, counted, difference) || !deviated(counted)))
            next[counted] = difference;
    return next;
}

std::string to_json(const Differences& differences) {
    return json_of(differences);
}

Differences read_differences(std::string_view json) {
    return read_json<Differences>(json);
}

std::string counters_to_json(const std::vector<std::string>& counters) {
    return json_of(counters);
}

std::vector<std::string> read_counters(std::string_view json) {
    return read_json<std::vector<std::string>>(json);
}

std::uint64_t held_with(std::uint64_t held, const HeldRows& rows) {
    for (const auto& [id, row] : rows)
        held = held + row.counted.size() - std::min<std::uint64_t>(held, row.in_tables);
    return held;
}

std::string held_to_json(const HeldRows& rows) {
    nlohmann::json json = nlohmann::json::object();
    for (const auto& [id, row] : rows)
        json[id] = row.counted;
    return json.dump();
}

} // namespace pcmirror
