#include "tests/simulator/policies.hpp"

#include "tests/simulator/customers.hpp"
#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/tokens.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

constexpr std::size_t etag = position(policy_fields, "attributes/etag");

} // namespace

std::string policy_id(std::uint64_t seed, std::uint32_t customer) {
    return Registration(seed).tenant_id + "_" + customer_id(seed, customer);
}

void renew_policy_etag(Item& policy) {
    std::string& text = std::get<std::string>(policy.values[etag]);
    text = fmt::format("\"{}\"", guid_from(mix(1, text)));
}

Item make_policy(std::uint64_t seed, std::uint32_t customer, std::vector<std::string> permissions) {
    Item item{
        .values =
            {policy_id(seed, customer),
             std::string("customer"),
             customer_id(seed, customer),
             std::string("billToPartner"),
             Registration(seed).tenant_id,
             Jsons{std::move(permissions)},
             policy_id(seed, customer)},
        .unknown = {}};
    renew_policy_etag(item);
    return item;
}

std::vector<Item> make_policies(std::uint64_t seed, std::uint32_t customer) {
    if (!Draw(mix(seed, 0x90c1e5, customer)).one_in(4))
        return {};
    return {make_policy(
        seed, customer, {R"({"action":"Purchase","resource":"AzureReservedInstances"})"}
    )};
}

} // namespace pcmirror::simulator
