#pragma once

#include "tests/simulator/item.hpp"
#include "tests/simulator/products.hpp"
#include "tests/simulator/render.hpp"

#include <cstdint>
#include <string>

namespace pcmirror::simulator {

inline constexpr std::string_view license_groups[] = {"group1", "group2"};

inline constexpr Field subscribed_sku_fields[] = {
    {"availableUnits", "available_units", Kind::integer},
    {"activeUnits", "active_units", Kind::integer},
    {"consumedUnits", "consumed_units", Kind::integer},
    {"suspendedUnits", "suspended_units", Kind::integer},
    {"totalUnits", "total_units", Kind::integer},
    {"warningUnits", "warning_units", Kind::integer},
    {"productSku/id", "sku_id", Kind::text},
    {"productSku/name", "sku_name", Kind::text},
    {"productSku/skuPartNumber", "sku_part_number", Kind::text},
    {"productSku/targetType", "target_type", Kind::text},
    {"productSku/licenseGroupId", "license_group_id", Kind::enumeration, license_groups},
    {"servicePlans", "service_plans", Kind::jsons},
    {"capabilityStatus", "capability_status", Kind::text},
};

/// The products that a customer has seats of as the world was made: 3 to 8, at least one of them
/// for users.
ProductSet skus_as_made(std::uint64_t seed, std::uint32_t customer);

/// A customer's SKU as the world was made, or as it will be when it gets it. `consumedUnits` is
/// what the counter shows beyond the holders; `users`: how many the seats are made for.
Item make_sku(std::uint64_t seed, std::uint32_t customer, std::size_t product, std::uint32_t users);

/// Turns `consumedUnits` into the whole count and fills what follows from it.
void count_units(Item& item, std::int64_t holders);

/// Changes seats and status to others that the API could send; returns the members' names.
std::string modify_sku(Item& item, std::uint64_t random);

Frame sku_frame();

} // namespace pcmirror::simulator
