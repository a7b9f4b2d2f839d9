#include "tests/simulator/domains.hpp"

#include "tests/simulator/customers.hpp"
#include "tests/simulator/guid.hpp"

#include <algorithm>

namespace pcmirror::simulator {

bool has_domain(const View& world, std::uint32_t customer, std::string_view domain) {
    const Item item = world.customer_item(customer);
    const Value& own = item.values[position(customer_fields, "companyProfile/domain")];
    const auto* text = std::get_if<std::string>(&own);
    if (text && equal_ignoring_case(*text, domain))
        return true;
    const Texts others = custom_domains(item, customer);
    return std::any_of(others.members.begin(), others.members.end(), [&](const auto& each) {
        return equal_ignoring_case(each, domain);
    });
}

bool is_domain_taken(const View& world, std::string_view domain) {
    for (std::uint32_t customer = 0; customer < world.customer_slots(); ++customer)
        if (world.customer(customer).exists && has_domain(world, customer, domain))
            return true;
    return false;
}

bool is_federated(const View& world, std::uint32_t customer, std::string_view domain) {
    constexpr std::size_t name = position(domain_fields, "name");
    constexpr std::size_t type = position(domain_fields, "authenticationType");
    const std::vector<Item> added = world.shelf(customer, Shelf::domains);
    return std::any_of(added.begin(), added.end(), [&](const Item& each) {
        return equal_ignoring_case(std::get<std::string>(each.values[name]), domain) &&
               each.values[type] == Value(std::string("federated"));
    });
}

} // namespace pcmirror::simulator
