#include "tests/simulator/write_effects.hpp"

#include "tests/simulator/guid.hpp"

#include <nlohmann/json.hpp>

namespace pcmirror::simulator {

namespace {

// Older ones are dropped: a soak must not fill the memory.
constexpr std::size_t most_effects = 100'000;

bool is_wanted(std::string_view wanted, std::string_view value) {
    return wanted.empty() || equal_ignoring_case(wanted, value);
}

nlohmann::json to_json(const WriteEffect& effect) {
    return {
        {"request", effect.request},
        {"operation", effect.operation},
        {"customer", effect.customer},
        {"target", effect.target},
        {"changed", effect.changed},
        {"request_id", effect.request_id},
        {"correlation_id", effect.correlation_id},
        {"at_ms", effect.at_ms},
    };
}

void count(nlohmann::json& counts, const WriteEffect& effect) {
    if (counts.is_null())
        counts = {{"count", 0}, {"changed", 0}};
    counts["count"] = counts["count"].get<int>() + 1;
    counts["changed"] = counts["changed"].get<int>() + (effect.changed ? 1 : 0);
}

} // namespace

void WriteEffects::add(WriteEffect effect) {
    const std::lock_guard lock(mutex_);
    if (effects_.size() == most_effects)
        effects_.pop_front();
    effects_.push_back(std::move(effect));
}

void WriteEffects::clear() {
    const std::lock_guard lock(mutex_);
    effects_.clear();
}

nlohmann::json WriteEffects::list(const EffectFilter& filter) const {
    nlohmann::json list = {
        {"count", 0},
        {"changed", 0},
        {"by_operation", nlohmann::json::object()},
        {"effects", nlohmann::json::array()},
    };
    const std::lock_guard lock(mutex_);
    for (const WriteEffect& effect : effects_) {
        if (!is_wanted(filter.operation, effect.operation) ||
            !is_wanted(filter.customer, effect.customer) ||
            !is_wanted(filter.target, effect.target))
            continue;
        count(list, effect);
        count(list["by_operation"][effect.operation], effect);
        list["effects"].push_back(to_json(effect));
    }
    return list;
}

} // namespace pcmirror::simulator
