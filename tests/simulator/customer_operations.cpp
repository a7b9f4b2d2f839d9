#include "tests/simulator/change.hpp"

#include "tests/simulator/customers.hpp"
#include "tests/simulator/operation.hpp"
#include "tests/simulator/qualifications.hpp"
#include "tests/simulator/set_value.hpp"
#include "tests/simulator/subscriptions.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

Wish add_customers(Edit& edit, const Wish& count) {
    Wish done = Wish::array();
    for (std::uint32_t k = 0; k < count.get<std::uint32_t>(); ++k)
        done.push_back(add_customer(edit));
    return done;
}

// Somebody has looked at what the customer claims to be.
Wish vet_qualification(Edit& edit, const Wish& triple) {
    constexpr std::size_t name = position(qualification_fields, "qualification");
    const std::uint32_t customer = customer_named(edit, triple.at(0));
    std::vector<Item> shelf = edit.shelf(customer, Shelf::qualifications);
    const auto found = std::find_if(shelf.begin(), shelf.end(), [&](const Item& each) {
        return each.values[name] == Value(triple.at(1).get<std::string>());
    });
    if (found == shelf.end())
        throw std::invalid_argument("the customer has no such qualification");
    set_member(*found, qualification_fields, "vettingStatus", triple.at(2));
    edit.set_shelf(customer, Shelf::qualifications, std::move(shelf));
    return told(edit, "vet_qualification", customer);
}

constexpr Operation operations[] = {
    {"add_customers", "N", add_customers},
    {"remove_customer",
     "ID",
     [](Edit& edit, const Wish& id) { return remove_customer(edit, customer_named(edit, id)); }},
    {"restore_customer",
     "ID",
     [](Edit& edit, const Wish& id) {
         return restore_customer(edit, customer_named(edit, id, true));
     }},
    {"empty_customer",
     "ID",
     [](Edit& edit, const Wish& id) { return empty_customer(edit, customer_named(edit, id)); }},
    {"rename_customer",
     "[ID, NAME]",
     [](Edit& edit, const Wish& pair) {
         return rename_customer(
             edit, customer_named(edit, pair.at(0)), pair.at(1).get<std::string>()
         );
     }},
    {"set_customer",
     R"([ID, {"companyProfile/domain": ...}])",
     [](Edit& edit, const Wish& pair) {
         return set_customer_members(edit, customer_named(edit, pair.at(0)), pair.at(1));
     }},
    {"vet_qualification", R"([ID, QUALIFICATION, "Approved"])", vet_qualification},
    {"add_subscriptions",
     "[ID, N]",
     [](Edit& edit, const Wish& pair) {
         return add_subscriptions(
             edit, customer_named(edit, pair.at(0)), pair.at(1).get<std::uint32_t>()
         );
     }},
    {"remove_subscription",
     "[ID, SUBSCRIPTION]",
     [](Edit& edit, const Wish& pair) {
         const std::uint32_t customer = customer_named(edit, pair.at(0));
         return remove_subscription(edit, customer, subscription_named(edit, customer, pair.at(1)));
     }},
    {"set",
     R"([ID, SUBSCRIPTION, {"friendlyName": ..., "quantity": ..., "unheardOf": ...}])",
     [](Edit& edit, const Wish& triple) {
         const std::uint32_t customer = customer_named(edit, triple.at(0));
         return set_members(
             edit, customer, subscription_named(edit, customer, triple.at(1)), triple.at(2)
         );
     }},
};

} // namespace

void store_customer(Edit& edit, std::uint32_t customer, Item item) {
    CustomerState state = edit.customer(customer);
    state.item = std::make_shared<const Item>(std::move(item));
    edit.set_customer(customer, state);
}

std::span<const Operation> customer_operations() {
    return operations;
}

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
        done.push_back(told_of_subscription(edit, "add_subscription", customer, state.end++));
    edit.set_customer(customer, state);
    return done;
}

nlohmann::json remove_subscription(Edit& edit, std::uint32_t customer, std::uint32_t index) {
    SubscriptionState state = edit.subscription(customer, index);
    state.exists = false;
    edit.set_subscription(customer, index, state);
    return told_of_subscription(edit, "remove_subscription", customer, index);
}

nlohmann::json
modify_subscription(Edit& edit, std::uint32_t customer, std::uint32_t index, std::uint64_t random) {
    Item item = edit.subscription_item(customer, index);
    Wish done = told_of_subscription(edit, "modify_subscription", customer, index);
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
    return told_of_subscription(edit, "set", customer, index);
}

} // namespace pcmirror::simulator
