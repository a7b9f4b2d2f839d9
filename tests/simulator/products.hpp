#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::simulator {

/// A service that a product consists of. Its name needs no escapes in JSON.
struct ServicePlan {
    std::string_view service_name = {};
    std::string_view display_name = {};
    bool of_tenant = false;
};

/// What a customer can have seats of.
struct Product {
    std::string_view part_number = {};
    std::string_view name = {};
    std::span<const std::size_t> plans = {}; ///< numbers in the list of plans
    bool of_tenant = false;                  ///< nobody holds it
    bool second_group = false;               ///< group2
    bool has_id = true;                      ///< the part number stands in for the missing id
};

inline constexpr std::size_t product_count = 22;

/// Numbers of products.
using ProductSet = std::bitset<product_count>;

/// The fixed list. The first ones are held by users and belong to group1.
std::span<const Product> products();
inline constexpr std::size_t ordinary_products = 15;

/// Lower case, the same for all customers; empty: it has none.
const std::string& product_id(std::size_t product);

/// What identifies it: the id, else the part number.
std::string_view product_key(std::size_t product);

/// By id (any case) or part number.
std::optional<std::size_t> find_product(std::string_view id_or_part_number);

/// Those that users can hold.
ProductSet products_for_users();

/// The members of the set in order.
std::vector<std::size_t> numbers_in(const ProductSet& set);

/// By id, of any case.
std::optional<std::size_t> find_plan(std::string_view id);

/// A service plan as it stands in `servicePlans`, members in alphabetical order so that sorting
/// by text means the same to every reader.
std::string service_plan_json(std::size_t plan, std::string_view capability_status);

} // namespace pcmirror::simulator
