#include "tests/simulator/change.hpp"
#include "tests/simulator/customers.hpp"
#include "tests/simulator/families.hpp"
#include "tests/simulator/subscribed_skus.hpp"
#include "tests/simulator/user_endpoints.hpp"
#include "tests/simulator/users.hpp"
#include "tests/simulator/write.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

/// What is asked for, by products.
struct LicenseUpdate {
    ProductSet assigned;
    ProductSet removed;
    std::vector<ExcludedPlan> excluded;
};

std::size_t sku_of(const Write& write, std::string_view path, const nlohmann::json& id) {
    if (!id.is_string())
        refuse_member(path, "it must be the id of a SKU");
    const auto product = find_product(id.get<std::string>());
    if (!product || !write.edit.customer(write.call.customer).skus[*product])
        refuse_member(path, "the customer has no such SKU");
    if (!products_for_users()[*product])
        refuse_member(path, "no user can hold that SKU");
    return *product;
}

void read_excluded(const nlohmann::json& license, std::size_t product, LicenseUpdate& update) {
    for (const nlohmann::json& id : optional_list(license, "excludedPlans")) {
        const auto found = id.is_string() ? find_plan(id.get<std::string>()) : std::nullopt;
        const auto own = products()[product].plans;
        const std::size_t plan = found.value_or(own.size());
        if (!found || std::find(own.begin(), own.end(), plan) == own.end())
            refuse_member("licensesToAssign/excludedPlans", "the SKU has no such plan");
        update.excluded.push_back({product, plan});
    }
}

LicenseUpdate read_update(const Write& write) {
    LicenseUpdate update;
    for (const nlohmann::json& license : optional_list(write.body, "licensesToAssign")) {
        const std::string id = required_text(license, "skuId");
        const std::size_t product = sku_of(write, "licensesToAssign/skuId", id);
        update.assigned.set(product);
        read_excluded(license, product, update);
    }
    for (const nlohmann::json& id : optional_list(write.body, "licensesToRemove"))
        update.removed.set(sku_of(write, "licensesToRemove", id));
    return update;
}

void check_groups(const LicenseUpdate& update) {
    const std::vector<std::size_t> all = numbers_in(update.assigned | update.removed);
    if (all.empty())
        refuse_member("licensesToAssign", "nothing is asked for");
    for (const std::size_t product : all)
        if (products()[product].second_group != products()[all.front()].second_group)
            refuse_member("licensesToAssign", "all SKUs must be of one license group");
}

std::int64_t free_seats(const Write& write, std::size_t product) {
    constexpr std::size_t available = position(subscribed_sku_fields, "availableUnits");
    Item item = write.edit.sku_item(write.call.customer, product);
    const bool deleted_too = write.call.switches.is_on(Switch::deleted_are_counted);
    count_units(item, write.edit.holders(write.call.customer).of(product, deleted_too));
    return std::get<std::int64_t>(item.values[available]);
}

void check_seats(const Write& write, const ProductSet& added) {
    for (const std::size_t product : numbers_in(added))
        if (free_seats(write, product) < 1)
            throw Refused(
                problems::no_free_license,
                problems::no_free_license.description,
                {fmt::format(
                    "LicenseQuotaExceededException : Subscription with Account {} and SKU {} does "
                    "not have any available licenses left.",
                    write.customer(),
                    product_key(product)
                )}
            );
}

void check_user(const Write& write, const UserState& state, bool is_given) {
    if (state.presence != Presence::active)
        throw Refused(problems::unknown_user);
    const Item item = write.edit.user_item(write.call.customer, write.call.user, state);
    const Value& location = item.values[position(user_fields, "usageLocation")];
    if (is_given && !std::holds_alternative<std::string>(location))
        refuse_member("usageLocation", "the user has none and can be given no license");
}

// What was sent, without what was null in it.
nlohmann::json without_nulls(const nlohmann::json& value) {
    if (!value.is_structured())
        return value;
    nlohmann::json result = value.is_array() ? nlohmann::json::array() : nlohmann::json::object();
    for (const auto& [name, member] : value.items()) {
        if (value.is_array())
            result.push_back(without_nulls(member));
        else if (!member.is_null())
            result[name] = without_nulls(member);
    }
    return result;
}

Reply answer_update(Write& write) {
    nlohmann::json answer = without_nulls(write.body);
    answer["licenseWarnings"] = nlohmann::json::array();
    if (write.call.switches.is_on(Switch::license_warnings))
        answer["licenseWarnings"].push_back(
            {{"code", "1001"},
             {"message", "A service plan depends on another one."},
             {"servicePlans", nlohmann::json::array()}}
        );
    answer["attributes"] = {{"objectType", "LicenseUpdate"}};
    return with_status(json_answer(write.call, answer.dump()), 201);
}

Reply assign_licenses(Write& write) {
    const std::uint32_t customer = write.call.customer;
    UserState state = write.edit.user(customer, write.call.user);
    const LicenseUpdate update = read_update(write);
    check_groups(update);
    check_user(write, state, update.assigned.any());
    const ProductSet held = write.edit.given_licenses(customer, write.call.user, state);
    check_seats(write, update.assigned & ~held);

    const std::vector<ExcludedPlan> excluded_before = state.excluded;
    const ProductSet holds = (held | update.assigned) & ~update.removed;
    state.licenses = holds;
    std::erase_if(state.excluded, [&](const ExcludedPlan& each) {
        return update.assigned[each.product] || update.removed[each.product];
    });
    state.excluded.insert(state.excluded.end(), update.excluded.begin(), update.excluded.end());
    const bool changed = holds != held || state.excluded != excluded_before;
    write.edit.set_user(customer, write.call.user, std::move(state));
    write.done(user_id(write.seed(), customer, write.call.user), changed);
    return answer_update(write);
}

constexpr Endpoint table[] = {
    {.name = "assign_licenses",
     .method = "POST",
     .path = "/v1/customers/{customer_id}/users/{user_id}/licenseupdates",
     .sign_in = TokenKind::user,
     .locate = locate_any_user,
     .write = assign_licenses},
};

} // namespace

std::span<const Endpoint> license_writes() {
    return table;
}

} // namespace pcmirror::simulator
