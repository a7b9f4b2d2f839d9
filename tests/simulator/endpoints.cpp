#include "tests/simulator/customers.hpp"
#include "tests/simulator/endpoint.hpp"
#include "tests/simulator/families.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/subscriptions.hpp"
#include "tests/simulator/user_endpoints.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace pcmirror::simulator {

namespace {

bool has_delegated_access(const Call& call, const Item& customer) {
    const std::int64_t access = call.switches[Switch::delegated_access];
    if (access != some)
        return access == everywhere;
    return std::get<bool>(customer.values[position(customer_fields, "allowDelegatedAccess")]);
}

void append_customer(Call& call, std::string& out, std::uint32_t index, bool in_detail) {
    Item item = call.world.customer_item(index);
    Shown shown = Shown::always;
    if (in_detail) {
        add_customer_details(item, call.world.options().seed, index);
        shown = has_delegated_access(call, item) ? Shown::to_delegated_admin : Shown::in_detail;
    }
    const std::string id = call.speller.guid(customer_id(call.world.options().seed, index));
    const Frame frame = customer_frame(id, shown, call.turn % 2 == 0);
    append_item(out, customer_fields, item, frame, call.speller);
}

// {"Field":"Domain","Value":"cont","Operator":"starts_with"}
bool filters_customers(const Filter& filter) {
    return (filter.field == "companyname" || filter.field == "domain") &&
           filter.comparison == "starts_with";
}

bool lets_pass(const Filter& filter, const Item& item) {
    const std::size_t member = filter.field == "domain"
                                   ? position(customer_fields, "companyProfile/domain")
                                   : position(customer_fields, "companyProfile/companyName");
    return lower_case(text_of(item, member)).starts_with(filter.value);
}

std::optional<std::uint32_t>
list_customers(Call& call, std::uint32_t from, std::size_t limit, Items& items) {
    const std::optional<Filter> filter = read_filter(call.filter);
    const bool in_detail = call.switches.is_on(Switch::detailed_listings);
    for (std::uint32_t index = from; index < call.world.customer_slots(); ++index) {
        if (!call.world.customer(index).exists)
            continue;
        if (filter && !lets_pass(*filter, call.world.customer_item(index)))
            continue;
        if (items.starts.size() == limit)
            return index;
        items.starts.push_back(items.text.size());
        append_customer(call, items.text, index, in_detail);
    }
    return {};
}

Reply get_customer(Call& call) {
    std::string json;
    append_customer(call, json, call.customer, true);
    return json_answer(call, std::move(json));
}

// The link by which a customer of somebody else's becomes one of the partner's, too.
Reply get_relationship_request(Call& call) {
    const std::string partner = Registration(call.world.options().seed).tenant_id;
    return json_answer(
        call,
        fmt::format(
            R"({{"url":"https://admin.example.com/Adminportal/Home?invType=ResellerRelationship&partnerId={}&msppId=0&DAP=false#/BillingAccounts/partner-invitation","attributes":{{"objectType":"RelationshipRequest"}}}})",
            partner
        )
    );
}

void append_subscription(Call& call, std::string& out, const Item& item, bool of_listing) {
    const std::string customer = customer_id(call.world.options().seed, call.customer);
    append_item(
        out, subscription_fields, item, subscription_frame(customer, item, of_listing), call.speller
    );
}

std::optional<std::uint32_t>
list_subscriptions(Call& call, std::uint32_t from, std::size_t limit, Items& items) {
    const CustomerState owner = call.world.customer(call.customer);
    const auto order = call.request.parameter("order_id");
    const auto partner = call.request.parameter("mpn_id");
    for (std::uint32_t index = std::max(from, owner.first); index < owner.end; ++index) {
        if (!call.world.subscription(call.customer, index).exists)
            continue;
        const Item item = call.world.subscription_item(call.customer, index);
        if (order &&
            !equal_ignoring_case(text_of(item, position(subscription_fields, "orderId")), *order))
            continue;
        if (partner && text_of(item, position(subscription_fields, "partnerId")) != *partner)
            continue;
        if (items.starts.size() == limit)
            return index;
        items.starts.push_back(items.text.size());
        append_subscription(call, items.text, item, true);
    }
    return {};
}

Reply get_subscription(Call& call) {
    const auto index =
        call.world.find_subscription(call.customer, call.variable("subscription_id"));
    if (!index)
        return refuse(problems::unknown_subscription);
    std::string json;
    append_subscription(call, json, call.world.subscription_item(call.customer, *index), false);
    return json_answer(call, std::move(json));
}

constexpr Damageable customer_members{.key = "id", .text = "companyProfile/companyName"};
constexpr Damageable subscription_members{
    .key = "id", .text = "friendlyName", .integer = "quantity", .moment = "creationDate"};

constexpr Damageable user_members{
    .key = "id", .text = "displayName", .moment = "lastDirectorySyncTime"};
// Without the whole of `productSku` no part number stands in for the id.
constexpr Damageable sku_members{
    .key = "productSku", .text = "productSku/name", .integer = "activeUnits"};
constexpr Damageable license_members{.key = "productSku", .text = "productSku/name"};

constexpr Endpoint table[] = {
    {.name = "list_customers",
     .path = "/v1/customers",
     .paging = Paging::seek,
     .rows = list_customers,
     .filters = filters_customers,
     .damageable = customer_members},
    // Before the customer that would be called that.
    {.name = "get_relationship_request",
     .path = "/v1/customers/relationshiprequests",
     .sign_in = TokenKind::user,
     .answer = get_relationship_request},
    {.name = "get_customer", .path = "/v1/customers/{customer_id}", .answer = get_customer},
    {.name = "list_subscriptions",
     .path = "/v1/customers/{customer_id}/subscriptions",
     .paging = Paging::single,
     .rows = list_subscriptions,
     .damageable = subscription_members},
    {.name = "get_subscription",
     .path = "/v1/customers/{customer_id}/subscriptions/{subscription_id}",
     .answer = get_subscription},
    {.name = "list_users",
     .path = "/v1/customers/{customer_id}/users",
     .sign_in = TokenKind::user,
     .paging = Paging::seek,
     .rows = list_users,
     .filters = filters_users,
     .damageable = user_members},
    {.name = "get_user",
     .path = "/v1/customers/{customer_id}/users/{user_id}",
     .sign_in = TokenKind::user,
     .locate = locate_user,
     .answer = get_user},
    {.name = "list_subscribed_skus",
     .path = "/v1/customers/{customer_id}/subscribedskus",
     .sign_in = TokenKind::user,
     .paging = Paging::single,
     .rows = list_subscribed_skus,
     .damageable = sku_members},
    {.name = "list_user_licenses",
     .path = "/v1/customers/{customer_id}/users/{user_id}/licenses",
     .sign_in = TokenKind::user,
     .locate = locate_license_holder,
     .paging = Paging::single,
     .rows = list_user_licenses,
     .damageable = license_members},
};

constexpr std::span<const Endpoint> (*families[])() = {
    agreement_endpoints,
    budget_endpoints,
    customer_writes,
    domain_endpoints,
    license_writes,
    order_endpoints,
    policy_endpoints,
    profile_endpoints,
    qualification_endpoints,
    role_endpoints,
    subscription_writes,
    user_writes,
};

} // namespace

std::string describe_endpoints() {
    std::set<std::string_view> reads;
    std::set<std::string_view> writes;
    for (const Endpoint& endpoint : endpoints()) {
        (endpoint.write ? writes : reads).insert(endpoint.name);
        for (const Variant& variant : endpoint.variants)
            writes.insert(variant.name);
    }
    return fmt::format(
        "  reads   {}\n  writes  {}\n", fmt::join(reads, " "), fmt::join(writes, " ")
    );
}

std::span<const Endpoint> endpoints() {
    static const std::vector<Endpoint> all = [] {
        std::vector<Endpoint> list(std::begin(table), std::end(table));
        for (const auto& family : families)
            list.insert(list.end(), family().begin(), family().end());
        return list;
    }();
    return all;
}

} // namespace pcmirror::simulator
