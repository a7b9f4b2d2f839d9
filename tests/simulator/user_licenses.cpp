#include "tests/simulator/user_licenses.hpp"

#include "tests/simulator/draw.hpp"
#include "tests/simulator/users.hpp"

#include <algorithm>
#include <array>

namespace pcmirror::simulator {

namespace {

consteval std::size_t at(std::string_view member) {
    return position(user_license_fields, member);
}

} // namespace

Item make_license(
    std::uint64_t seed,
    std::uint32_t customer,
    std::uint32_t user,
    std::size_t product,
    const std::vector<ExcludedPlan>& excluded
) {
    Draw draw(mix(mix(user_key(seed, customer), 4, user), product));
    const Product& held = products()[product];
    Item item;
    item.values.resize(std::size(user_license_fields));
    if (held.has_id)
        item.values[at("productSku/id")] = product_id(product);
    item.values[at("productSku/name")] = std::string(held.name);
    item.values[at("productSku/skuPartNumber")] = std::string(held.part_number);
    item.values[at("productSku/licenseGroupId")] =
        std::string(license_groups[held.second_group ? 1 : 0]);
    Jsons plans;
    for (const std::size_t plan : held.plans) {
        constexpr std::array<std::string_view, 2> others = {"Disabled", "PendingProvisioning"};
        const std::string_view status = draw.one_in(8) ? draw.pick(others) : "Assigned";
        const bool is_excluded =
            std::find(excluded.begin(), excluded.end(), ExcludedPlan{product, plan}) !=
            excluded.end();
        plans.members.push_back(service_plan_json(plan, is_excluded ? "Disabled" : status));
    }
    item.values[at("servicePlans")] = std::move(plans);
    if (draw.one_in(10))
        item.unknown.push_back({"", "assignedBy", R"({"kind":"group","inherited":true})"});
    return item;
}

Frame license_frame() {
    return {.object_type = "License"};
}

} // namespace pcmirror::simulator
