#include "tests/simulator/guid.hpp"
#include "tests/simulator/subscribed_skus.hpp"
#include "tests/simulator/user_endpoints.hpp"
#include "tests/simulator/user_licenses.hpp"

#include <algorithm>

namespace pcmirror::simulator {

namespace {

// ?licenseGroupIds=Group1&licenseGroupIds=Group2; without it the first group.
bool is_asked_for(const std::vector<std::string>& groups, const Product& product) {
    const std::string_view own = license_groups[product.second_group ? 1 : 0];
    if (groups.empty())
        return !product.second_group;
    return std::any_of(groups.begin(), groups.end(), [&](const std::string& group) {
        return equal_ignoring_case(group, own);
    });
}

// Lists the products of a set that the request asks for; positions are their numbers.
template <class Append>
std::optional<std::uint32_t> list_products(
    Call& call,
    const ProductSet& set,
    std::uint32_t from,
    std::size_t limit,
    Items& items,
    Append append
) {
    const std::vector<std::string> groups = call.request.parameters("licenseGroupIds");
    for (std::uint32_t product = from; product < product_count; ++product) {
        if (!set[product] || !is_asked_for(groups, products()[product]))
            continue;
        if (items.starts.size() == limit)
            return product;
        items.starts.push_back(items.text.size());
        append(product);
    }
    return {};
}

} // namespace

std::optional<std::uint32_t>
list_subscribed_skus(Call& call, std::uint32_t from, std::size_t limit, Items& items) {
    const std::chrono::milliseconds lag(call.switches[Switch::counter_lag]);
    const Holders holders = call.world.before(lag).holders(call.customer);
    const bool deleted_too = call.switches.is_on(Switch::deleted_are_counted);
    const ProductSet skus = call.world.customer(call.customer).skus;
    return list_products(call, skus, from, limit, items, [&](std::size_t product) {
        Item item = call.world.sku_item(call.customer, product);
        count_units(item, holders.of(product, deleted_too));
        append_item(items.text, subscribed_sku_fields, item, sku_frame(), call.speller);
    });
}

std::optional<std::uint32_t>
list_user_licenses(Call& call, std::uint32_t from, std::size_t limit, Items& items) {
    const bool deleted_too = call.switches.is_on(Switch::deleted_keep_licenses);
    const ProductSet licenses = call.world.licenses(call.customer, call.user, deleted_too);
    const UserState state = call.world.user(call.customer, call.user);
    const std::uint64_t seed = call.world.options().seed;
    return list_products(call, licenses, from, limit, items, [&](std::size_t product) {
        const Item item = make_license(seed, call.customer, call.user, product, state.excluded);
        append_item(items.text, user_license_fields, item, license_frame(), call.speller);
    });
}

} // namespace pcmirror::simulator
