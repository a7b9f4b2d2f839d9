#include "tests/simulator/filter.hpp"

#include "tests/simulator/guid.hpp"

#include <nlohmann/json.hpp>

namespace pcmirror::simulator {

std::optional<Filter> read_filter(std::string_view json) {
    const auto given = nlohmann::json::parse(json, nullptr, false);
    if (!given.is_object())
        return {};
    Filter filter;
    for (const auto& [name, value] : given.items()) {
        if (!value.is_string())
            return {};
        const std::string text = lower_case(value.get_ref<const std::string&>());
        if (equal_ignoring_case(name, "Field"))
            filter.field = text;
        if (equal_ignoring_case(name, "Value"))
            filter.value = text;
        if (equal_ignoring_case(name, "Operator"))
            filter.comparison = text;
    }
    return filter;
}

} // namespace pcmirror::simulator
