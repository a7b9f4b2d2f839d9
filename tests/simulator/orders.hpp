#pragma once

#include "tests/simulator/item.hpp"
#include "tests/simulator/subscriptions.hpp"
#include "tests/simulator/world.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::simulator {

inline constexpr Field order_fields[] = {
    {"id", "order_id", Kind::text},
    {"referenceCustomerId", "reference_customer_id", Kind::text},
    {"billingCycle", "billing_cycle", Kind::enumeration, billing_cycles},
    {"currencyCode", "currency_code", Kind::text},
    {"lineItems", "line_items", Kind::jsons},
    {"creationDate", "creation_date", Kind::moment},
    {"status", "status", Kind::text},
    {"attributes/etag", "etag", Kind::text, {}, true},
};

/// What was bought in one go: the customer's subscriptions that name the order.
struct Order {
    std::string id;
    std::vector<std::uint32_t> subscriptions; ///< their numbers; a line each
};

std::vector<Order> orders_of(const View& world, std::uint32_t customer);

/// Its cycle, its age and its ETag are those of the first subscription.
Item make_order(const View& world, std::uint32_t customer, const Order& order);

} // namespace pcmirror::simulator
