#include "tests/support/job_world.hpp"

#include <algorithm>

namespace pcmirror::testing {
namespace {

using nlohmann::json;

bool fits(const json& row, const json& values) {
    return std::ranges::all_of(values.items(), [&](const auto& value) {
        return row.at(value.key()) == value.value();
    });
}

} // namespace

const std::vector<json>& JobWorld::all(const std::string& resource) const {
    const auto [found, is_new] = read_.try_emplace(resource);
    if (is_new)
        found->second = simulator_.control_lines("/truth/" + resource + "?details=1");
    return found->second;
}

std::vector<json> JobWorld::rows(const std::string& resource, const std::string& customer) const {
    std::vector<json> own;
    for (const json& row : all(resource))
        if (row.at("customer_id") == customer)
            own.push_back(row);
    return own;
}

json JobWorld::row(const std::string& resource, const std::string& customer, const json& values)
    const {
    json wanted = values;
    wanted["customer_id"] = customer;
    return any(resource, wanted);
}

json JobWorld::any(const std::string& resource, const json& values) const {
    const std::vector<json>& rows = all(resource);
    const auto found =
        std::ranges::find_if(rows, [&](const json& row) { return fits(row, values); });
    return found == rows.end() ? json() : *found;
}

std::vector<std::string> JobWorld::customers() const {
    std::vector<std::string> ids;
    for (const json& row : all("customers"))
        ids.push_back(row.at("customer_id"));
    return ids;
}

} // namespace pcmirror::testing
