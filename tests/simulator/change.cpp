#include "tests/simulator/change.hpp"

#include "tests/simulator/customers.hpp"
#include "tests/simulator/set_value.hpp"
#include "tests/simulator/subscriptions.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

using Wish = nlohmann::json;

Wish told(Edit& edit, std::string_view operation, std::uint32_t customer) {
    return {{"operation", operation}, {"customer_id", customer_id(edit.options().seed, customer)}};
}

Wish told(Edit& edit, std::string_view operation, std::uint32_t customer, std::uint32_t index) {
    Wish done = told(edit, operation, customer);
    done["subscription_id"] = subscription_id(edit.options().seed, customer, index);
    return done;
}

std::uint32_t customer_named(const Edit& edit, const Wish& id, bool removed_ones_too = false) {
    const std::string text = id.get<std::string>();
    const auto found = removed_ones_too ? edit.find_slot(text) : edit.find_customer(text);
    if (!found)
        throw std::invalid_argument(fmt::format("customer \"{}\" is not known", text));
    return *found;
}

std::uint32_t subscription_named(const Edit& edit, std::uint32_t customer, const Wish& id) {
    const auto found = edit.find_subscription(customer, id.get<std::string>());
    if (!found)
        throw std::invalid_argument(
            fmt::format("subscription \"{}\" is not known", id.get<std::string>())
        );
    return *found;
}

void store_customer(Edit& edit, std::uint32_t customer, Item item) {
    CustomerState state = edit.customer(customer);
    state.item = std::make_shared<const Item>(std::move(item));
    edit.set_customer(customer, state);
}

Wish add_customers(Edit& edit, const Wish& count) {
    Wish done = Wish::array();
    for (std::uint32_t k = 0; k < count.get<std::uint32_t>(); ++k)
        done.push_back(add_customer(edit));
    return done;
}

// The explicit wishes by the member that asks for them.
struct Operation {
    std::string_view member;
    Wish (*apply)(Edit& edit, const Wish& value);
};

constexpr Operation operations[] = {
    {"add_customers", add_customers},
    {"remove_customer",
     [](Edit& edit, const Wish& id) { return remove_customer(edit, customer_named(edit, id)); }},
    {"restore_customer",
     [](Edit& edit, const Wish& id) {
         return restore_customer(edit, customer_named(edit, id, true));
     }},
    {"empty_customer",
     [](Edit& edit, const Wish& id) { return empty_customer(edit, customer_named(edit, id)); }},
    {"rename_customer",
     [](Edit& edit, const Wish& pair) {
         return rename_customer(
             edit, customer_named(edit, pair.at(0)), pair.at(1).get<std::string>()
         );
     }},
    {"set_customer",
     [](Edit& edit, const Wish& pair) {
         return set_customer_members(edit, customer_named(edit, pair.at(0)), pair.at(1));
     }},
    {"add_subscriptions",
     [](Edit& edit, const Wish& pair) {
         return add_subscriptions(
             edit, customer_named(edit, pair.at(0)), pair.at(1).get<std::uint32_t>()
         );
     }},
    {"remove_subscription",
     [](Edit& edit, const Wish& pair) {
         const std::uint32_t customer = customer_named(edit, pair.at(0));
         return remove_subscription(edit, customer, subscription_named(edit, customer, pair.at(1)));
     }},
    {"set",
     [](Edit& edit, const Wish& triple) {
         const std::uint32_t customer = customer_named(edit, triple.at(0));
         return set_members(
             edit, customer, subscription_named(edit, customer, triple.at(1)), triple.at(2)
         );
     }},
};

void append(Wish& list, Wish done) {
    if (done.is_array())
        list.insert(list.end(), done.begin(), done.end());
    else
        list.push_back(std::move(done));
}

} // namespace

nlohmann::json add_customer(Edit& edit) {
    return told(edit, "add_customer", edit.add_customer());
}

nlohmann::json remove_customer(Edit& edit, std::uint32_t customer) {
    CustomerState state = edit.customer(customer);
    state.exists = false;
    edit.set_customer(customer, state);
    return told(edit, "remove_customer", customer);
}

nlohmann::json restore_customer(Edit& edit, std::uint32_t customer) {
    CustomerState state = edit.customer(customer);
    state.exists = true;
    edit.set_customer(customer, state);
    return told(edit, "restore_customer", customer);
}

nlohmann::json empty_customer(Edit& edit, std::uint32_t customer) {
    CustomerState state = edit.customer(customer);
    state.first = state.end;
    edit.set_customer(customer, state);
    return told(edit, "empty_customer", customer);
}

nlohmann::json rename_customer(Edit& edit, std::uint32_t customer, const std::string& name) {
    Item item = edit.customer_item(customer);
    set_member(item, customer_fields, "companyProfile/companyName", name);
    store_customer(edit, customer, std::move(item));
    Wish done = told(edit, "rename_customer", customer);
    done["company_name"] = name;
    return done;
}

nlohmann::json
set_customer_members(Edit& edit, std::uint32_t customer, const nlohmann::json& members) {
    Item item = edit.customer_item(customer);
    for (const auto& [member, value] : members.items())
        set_member(item, customer_fields, member, value);
    store_customer(edit, customer, std::move(item));
    return told(edit, "set_customer", customer);
}

nlohmann::json add_subscriptions(Edit& edit, std::uint32_t customer, std::uint32_t count) {
    CustomerState state = edit.customer(customer);
    Wish done = Wish::array();
    for (std::uint32_t k = 0; k < count; ++k)
        done.push_back(told(edit, "add_subscription", customer, state.end++));
    edit.set_customer(customer, state);
    return done;
}

nlohmann::json remove_subscription(Edit& edit, std::uint32_t customer, std::uint32_t index) {
    SubscriptionState state = edit.subscription(customer, index);
    state.exists = false;
    edit.set_subscription(customer, index, state);
    return told(edit, "remove_subscription", customer, index);
}

nlohmann::json
modify_subscription(Edit& edit, std::uint32_t customer, std::uint32_t index, std::uint64_t random) {
    Item item = edit.subscription_item(customer, index);
    Wish done = told(edit, "modify_subscription", customer, index);
    done["members"] = modify_subscription(item, random);
    edit.set_subscription(customer, index, {.item = std::make_shared<const Item>(std::move(item))});
    return done;
}

nlohmann::json set_members(
    Edit& edit, std::uint32_t customer, std::uint32_t index, const nlohmann::json& members
) {
    Item item = edit.subscription_item(customer, index);
    renew_etag(item);
    for (const auto& [member, value] : members.items())
        set_member(item, subscription_fields, member, value);
    edit.set_subscription(customer, index, {.item = std::make_shared<const Item>(std::move(item))});
    return told(edit, "set", customer, index);
}

nlohmann::json change_world(World& world, const nlohmann::json& wish) {
    Edit edit(world);
    if (!wish.is_object() || wish.empty())
        throw std::invalid_argument("a change is an object (see --help)");
    if (wish.contains("count"))
        return change_at_random(edit, wish);
    Wish done = Wish::array();
    for (const auto& [member, value] : wish.items()) {
        const Operation* found = nullptr;
        for (const Operation& operation : operations)
            if (operation.member == member)
                found = &operation;
        if (!found)
            throw std::invalid_argument(fmt::format("{}: no such change", member));
        append(done, found->apply(edit, value));
    }
    return done;
}

} // namespace pcmirror::simulator
