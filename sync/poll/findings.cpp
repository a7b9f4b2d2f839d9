#include "sync/poll/findings.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace pcmirror {
namespace {

/// What one operation of change_log does to a scope.
struct Effect {
    std::string_view operation;
    long long rows = 0;
    std::uint64_t RowFigures::*figure = nullptr;
};

constexpr Effect effects[] = {
    {"insert", 1, &RowFigures::inserted},
    {"update", 0, &RowFigures::updated},
    {"delete", -1, &RowFigures::deleted},
};

} // namespace

void keep_findings(const Resource& resource, const Group& group, ApplyResult& result) {
    const std::string counted_by(resource.earned->counted_by);
    std::erase_if(result.changes, [&](const Change& change) {
        const nlohmann::json key = nlohmann::json::parse(change.key);
        const auto scope = std::ranges::find(
            result.scopes, key.at("customer_id").get<std::string>(), &ScopeReport::customer_id
        );
        const auto effect = std::ranges::find(effects, change.operation, &Effect::operation);
        const auto at = static_cast<std::size_t>(scope - result.scopes.begin());
        const Finding finding{key.at(counted_by).get<std::string>(), effect->rows};
        const bool is_new = group[at]->rows->progress.findings.emplace(change.key, finding).second;
        if (!is_new)
            --(scope->rows.*effect->figure);
        return !is_new;
    });
}

} // namespace pcmirror
