#include "tests/simulator/subscribed_skus.hpp"

#include "tests/simulator/draw.hpp"

#include <array>

namespace pcmirror::simulator {

namespace {

consteval std::size_t at(std::string_view member) {
    return position(subscribed_sku_fields, member);
}

std::int64_t number(const Item& item, std::size_t member) {
    const auto* value = std::get_if<std::int64_t>(&item.values[member]);
    return value ? *value : 0;
}

// Most seats are in good order, some of an expired or suspended subscription.
void fill_seats(Item& item, Draw& draw, std::int64_t seats) {
    std::int64_t active = seats;
    std::int64_t warning = 0;
    std::string status = "Enabled";
    if (draw.one_in(8)) {
        warning = 1 + static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(seats)));
        active -= warning;
        if (active == 0)
            status = "Warning";
    }
    std::int64_t suspended = draw.one_in(8) ? static_cast<std::int64_t>(draw.below(50)) : 0;
    if (draw.one_in(16)) {
        suspended = active + warning;
        active = warning = 0;
        status = "Suspended";
    }
    item.values[at("activeUnits")] = active;
    item.values[at("warningUnits")] = warning;
    item.values[at("suspendedUnits")] = suspended;
    item.values[at("capabilityStatus")] = std::move(status);
}

// Beyond the holders: of a tenant's product anything, else mostly nothing.
std::int64_t consumed_otherwise(Draw& draw, const Product& product) {
    if (product.of_tenant)
        return static_cast<std::int64_t>(draw.below(500));
    return draw.one_in(10) ? 1 + static_cast<std::int64_t>(draw.below(4)) : 0;
}

Jsons plans_of(Draw& draw, const Product& product, std::string_view sku_status) {
    Jsons list;
    for (const std::size_t plan : product.plans) {
        constexpr std::array<std::string_view, 2> others = {"PendingActivation", "Disabled"};
        list.members.push_back(
            service_plan_json(plan, draw.one_in(12) ? draw.pick(others) : sku_status)
        );
    }
    return list;
}

std::vector<Unknown> unknown_sku_members(Draw& draw) {
    std::vector<Unknown> unknown;
    if (draw.one_in(6))
        unknown.push_back({"", "lockedOutUnits", "0"});
    if (draw.one_in(8))
        unknown.push_back({"productSku", "channel", R"(["direct","\u00e0 la carte"])"});
    return unknown;
}

} // namespace

ProductSet skus_as_made(std::uint64_t seed, std::uint32_t customer) {
    Draw draw(mix(seed, 8, customer));
    ProductSet skus;
    skus.set(draw.below(ordinary_products));
    const std::size_t wanted = 3 + draw.below(6);
    while (skus.count() < wanted)
        skus.set(draw.below(product_count));
    return skus;
}

Item make_sku(
    std::uint64_t seed, std::uint32_t customer, std::size_t product, std::uint32_t users
) {
    Draw draw(mix(mix(seed, 9, customer), product));
    const Product& made_of = products()[product];
    Item item;
    item.values.resize(std::size(subscribed_sku_fields));
    fill_seats(item, draw, std::int64_t{users} + 1 + static_cast<std::int64_t>(draw.below(30)));
    item.values[at("consumedUnits")] = consumed_otherwise(draw, made_of);
    if (made_of.has_id)
        item.values[at("productSku/id")] = product_id(product);
    item.values[at("productSku/name")] = std::string(made_of.name);
    item.values[at("productSku/skuPartNumber")] = std::string(made_of.part_number);
    item.values[at("productSku/targetType")] = std::string(made_of.of_tenant ? "Tenant" : "User");
    item.values[at("productSku/licenseGroupId")] =
        std::string(license_groups[made_of.second_group ? 1 : 0]);
    const std::string status = std::get<std::string>(item.values[at("capabilityStatus")]);
    item.values[at("servicePlans")] = plans_of(draw, made_of, status);
    item.unknown = unknown_sku_members(draw);
    return item;
}

void count_units(Item& item, std::int64_t holders) {
    const std::int64_t total = number(item, at("activeUnits")) + number(item, at("warningUnits"));
    const std::int64_t consumed = number(item, at("consumedUnits")) + holders;
    item.values[at("consumedUnits")] = consumed;
    item.values[at("totalUnits")] = total;
    item.values[at("availableUnits")] = total - consumed;
}

std::string modify_sku(Item& item, std::uint64_t random) {
    Draw draw(random);
    fill_seats(item, draw, 1 + static_cast<std::int64_t>(draw.below(1000)));
    std::string changed = "activeUnits warningUnits suspendedUnits capabilityStatus";
    if (draw.one_in(4)) {
        item.unknown = unknown_sku_members(draw);
        changed += " unknown_members";
    }
    return changed;
}

Frame sku_frame() {
    return {.object_type = "SubscribedSku"};
}

} // namespace pcmirror::simulator
