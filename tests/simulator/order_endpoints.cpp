#include "tests/simulator/customers.hpp"
#include "tests/simulator/families.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/orders.hpp"
#include "tests/simulator/plain_answers.hpp"
#include "tests/simulator/set_value.hpp"
#include "tests/simulator/write.hpp"

namespace pcmirror::simulator {

namespace {

constexpr std::size_t etag = position(order_fields, "attributes/etag");
constexpr std::size_t cycle = position(order_fields, "billingCycle");

Frame frame(const Call& call, std::string_view id) {
    return {
        .object_type = "Order",
        .self = "/customers/" + customer_id(call.world.options().seed, call.customer) + "/orders/" +
                std::string(id)};
}

// Ids that are GUIDs have no case; that of the others matters.
bool is_id(std::string_view id, std::string_view given) {
    return is_guid(id) ? equal_ignoring_case(id, given) : id == given;
}

Order order_in(const Call& call) {
    for (Order& order : orders_of(call.world, call.customer))
        if (is_id(order.id, call.variable("order_id")))
            return std::move(order);
    throw Refused(problems::unknown_order);
}

Reply answer_order(Call& call, const Order& order) {
    const Item item = make_order(call.world, call.customer, order);
    return item_answer(call, order_fields, item, frame(call, order.id));
}

Reply get_order(Call& call) {
    return answer_order(call, order_in(call));
}

std::optional<std::uint32_t>
list_orders(Call& call, std::uint32_t from, std::size_t limit, Items& page) {
    const auto wanted = call.request.parameter("billingType");
    const auto meant = wanted ? find_spelling(billing_cycles, *wanted) : std::nullopt;
    const std::vector<Order> orders = orders_of(call.world, call.customer);
    for (std::uint32_t index = from; index < orders.size(); ++index) {
        const Item item = make_order(call.world, call.customer, orders[index]);
        if (wanted && (!meant || item.values[cycle] != Value(std::string(*meant))))
            continue;
        if (page.starts.size() == limit)
            return index;
        page.starts.push_back(page.text.size());
        append_item(page.text, order_fields, item, frame(call, orders[index].id), call.speller);
    }
    return {};
}

void check_etag(const Write& write, const Item& order) {
    const auto* current = std::get_if<std::string>(&order.values[etag]);
    // Only annual terms of old can be billed otherwise.
    if (!current)
        throw Refused(problems::cycle_not_offered);
    if (if_match(write.call.request, *current).value_or(*current) != *current ||
        optional_text(write.body, "attributes/etag").value_or(*current) != *current)
        refuse_stale(write.call);
}

const nlohmann::json* line_of(const nlohmann::json& lines, std::string_view subscription) {
    for (const nlohmann::json& line : lines)
        if (equal_ignoring_case(required_text(line, "subscriptionId"), subscription))
            return &line;
    return nullptr;
}

// The lines are sent as they are: they tell which order is meant.
void check_line(const nlohmann::json& lines, const Item& subscription) {
    constexpr std::size_t id = position(subscription_fields, "id");
    constexpr std::size_t offer = position(subscription_fields, "offerId");
    constexpr std::size_t quantity = position(subscription_fields, "quantity");
    constexpr std::size_t status = position(subscription_fields, "status");
    const nlohmann::json* line = line_of(lines, text_of(subscription, id));
    if (!line)
        throw Refused(problems::other_order);
    for (const char* number : {"lineItemNumber", "quantity"})
        if (const nlohmann::json* value = find_member(*line, number);
            !value || !value->is_number_integer())
            refuse_member(std::string("lineItems/") + number, "it must be a number");
    if (!equal_ignoring_case(required_text(*line, "offerId"), text_of(subscription, offer)) ||
        Value(line->at("quantity").get<std::int64_t>()) != subscription.values[quantity])
        throw Refused(problems::other_order);
    if (subscription.values[status] != Value(std::string("active")))
        throw Refused(problems::inactive_order);
}

void check_lines(const Write& write, const Order& order) {
    const nlohmann::json& lines = optional_list(write.body, "lineItems");
    for (const std::uint32_t index : order.subscriptions)
        check_line(lines, write.edit.subscription_item(write.call.customer, index));
    if (lines.size() != order.subscriptions.size())
        throw Refused(problems::other_order);
}

void set_cycle(Write& write, const Order& order, const Value& wanted) {
    for (const std::uint32_t index : order.subscriptions) {
        Item item = write.edit.subscription_item(write.call.customer, index);
        item.values[position(subscription_fields, "billingCycle")] = wanted;
        renew_etag(item);
        write.edit.set_subscription(
            write.call.customer, index, {.item = std::make_shared<const Item>(std::move(item))}
        );
    }
}

Reply update_order(Write& write) {
    constexpr std::string_view offered[] = {"monthly", "annual"};
    const Order order = order_in(write.call);
    const Item before = make_order(write.edit, write.call.customer, order);
    check_etag(write, before);
    if (!equal_ignoring_case(required_text(write.body, "referenceCustomerId"), write.customer()))
        refuse_member("referenceCustomerId", "it is not the customer");
    const auto wanted = find_spelling(offered, required_text(write.body, "billingCycle"));
    if (!wanted)
        throw Refused(problems::cycle_not_offered);
    check_lines(write, order);
    const Value value = std::string(*wanted);
    set_cycle(write, order, value);
    write.done(order.id, before.values[cycle] != value);
    return answer_order(write.call, order);
}

constexpr Endpoint table[] = {
    {.name = "list_orders",
     .path = "/v1/customers/{customer_id}/orders",
     .paging = Paging::single,
     .rows = list_orders},
    {.name = "get_order",
     .path = "/v1/customers/{customer_id}/orders/{order_id}",
     .answer = get_order},
    {.name = "update_order_billing_cycle",
     .method = "PATCH",
     .path = "/v1/customers/{customer_id}/orders/{order_id}",
     .write = update_order},
};

} // namespace

std::span<const Endpoint> order_endpoints() {
    return table;
}

} // namespace pcmirror::simulator
