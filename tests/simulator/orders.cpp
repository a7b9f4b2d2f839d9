#include "tests/simulator/orders.hpp"

#include "tests/simulator/customers.hpp"
#include "tests/simulator/spell.hpp"
#include "tests/simulator/subscription_parts.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

consteval std::size_t at(std::string_view member) {
    return position(subscription_fields, member);
}

std::string quoted(std::string_view text) {
    std::string json;
    append_json_string(json, text);
    return json;
}

std::string line(const Item& subscription, std::size_t number) {
    const auto* quantity = std::get_if<std::int64_t>(&subscription.values[at("quantity")]);
    return fmt::format(
        R"({{"friendlyName":{},"lineItemNumber":{},"offerId":{},"quantity":{},"subscriptionId":{}}})",
        quoted(text_of(subscription, at("friendlyName"))),
        number,
        quoted(text_of(subscription, at("offerId"))),
        quantity ? *quantity : 0,
        quoted(text_of(subscription, at("id")))
    );
}

// Every change of the subscription is one of the order.
Value etag_of_order(const std::string& id, const Item& subscription) {
    const auto* etag = std::get_if<std::string>(&subscription.values[at("attributes/etag")]);
    return etag ? Value(etag_of(id, version_of_etag(*etag))) : Value();
}

} // namespace

std::vector<Order> orders_of(const View& world, std::uint32_t customer) {
    std::vector<Order> orders;
    const CustomerState state = world.customer(customer);
    for (std::uint32_t index = state.first; index < state.end; ++index) {
        if (!world.subscription(customer, index).exists)
            continue;
        const Item item = world.subscription_item(customer, index);
        const auto* id = std::get_if<std::string>(&item.values[at("orderId")]);
        if (!id)
            continue;
        const auto known = std::find_if(orders.begin(), orders.end(), [&](const Order& each) {
            return each.id == *id;
        });
        if (known == orders.end())
            orders.push_back({*id, {index}});
        else
            known->subscriptions.push_back(index);
    }
    return orders;
}

Item make_order(const View& world, std::uint32_t customer, const Order& order) {
    const Item first = world.subscription_item(customer, order.subscriptions.front());
    Jsons lines;
    for (const std::uint32_t index : order.subscriptions)
        lines.members.push_back(line(world.subscription_item(customer, index), lines.members.size())
        );
    return {
        .values =
            {order.id,
             customer_id(world.options().seed, customer),
             first.values[at("billingCycle")],
             std::string("USD"),
             std::move(lines),
             first.values[at("creationDate")],
             std::string("completed"),
             etag_of_order(order.id, first)},
        .unknown = {}};
}

} // namespace pcmirror::simulator
