#include "tests/support/queued_jobs.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror::testing {

using nlohmann::json;

std::vector<std::string> operation_names() {
    std::vector<std::string> names;
    for (const Operation* operation : operation_catalogue())
        names.emplace_back(operation->name);
    return names;
}

long long
enqueue(const TestDatabase& database, std::string_view operation, const PreparedJob& job) {
    const std::string whose =
        job.customer.empty() ? "" : fmt::format(", customer_id => '{}'", job.customer);
    return database.number(fmt::format(
        "select pcmirror.enqueue_job('{}'{}, payload => $json${}$json$)",
        operation,
        whose,
        job.payload.dump()
    ));
}

long long
changes(const Simulator& simulator, std::string_view operation, const std::string& customer) {
    const json told = simulator.control(
        "GET", fmt::format("/effects?operation={}&customer={}", operation, customer)
    );
    return std::ranges::count_if(told.at("effects"), [](const json& effect) {
        return effect.at("changed").get<bool>();
    });
}

} // namespace pcmirror::testing
