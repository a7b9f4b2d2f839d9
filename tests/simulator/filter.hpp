#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// `{"Field": ..., "Value": ..., "Operator": ...}`, all in lower case: nothing of it has a case.
struct Filter {
    std::string field;
    std::string value;
    std::string comparison;
};

/// Nothing if it is no such object.
std::optional<Filter> read_filter(std::string_view json);

} // namespace pcmirror::simulator
