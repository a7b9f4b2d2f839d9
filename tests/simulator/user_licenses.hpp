#pragma once

#include "tests/simulator/item.hpp"
#include "tests/simulator/products.hpp"
#include "tests/simulator/render.hpp"
#include "tests/simulator/states.hpp"
#include "tests/simulator/subscribed_skus.hpp"

#include <cstdint>

namespace pcmirror::simulator {

inline constexpr Field user_license_fields[] = {
    {"productSku/id", "sku_id", Kind::text},
    {"productSku/name", "sku_name", Kind::text},
    {"productSku/skuPartNumber", "sku_part_number", Kind::text},
    {"productSku/licenseGroupId", "license_group_id", Kind::enumeration, license_groups},
    {"servicePlans", "service_plans", Kind::jsons},
};

/// The license of a product that a user holds. Nothing about it changes while it is held, but for
/// the plans that it is given without.
Item make_license(
    std::uint64_t seed,
    std::uint32_t customer,
    std::uint32_t user,
    std::size_t product,
    const std::vector<ExcludedPlan>& excluded
);

Frame license_frame();

} // namespace pcmirror::simulator
