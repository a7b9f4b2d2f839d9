#include "tests/simulator/operation.hpp"
#include "tests/simulator/set_value.hpp"
#include "tests/simulator/users.hpp"

#include <fmt/format.h>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

constexpr Operation operations[] = {
    {"add_users",
     "[ID, N]",
     [](Edit& edit, const Wish& pair) {
         return add_users(edit, customer_named(edit, pair.at(0)), pair.at(1).get<std::uint32_t>());
     }},
    {"delete_user",
     "[ID, USER]",
     [](Edit& edit, const Wish& pair) {
         const std::uint32_t customer = customer_named(edit, pair.at(0));
         return delete_user(edit, customer, user_named(edit, customer, pair.at(1)));
     }},
    {"restore_user",
     "[ID, USER]",
     [](Edit& edit, const Wish& pair) {
         const std::uint32_t customer = customer_named(edit, pair.at(0));
         return restore_user(edit, customer, user_named(edit, customer, pair.at(1)));
     }},
    {"vanish_user",
     "[ID, USER]",
     [](Edit& edit, const Wish& pair) {
         const std::uint32_t customer = customer_named(edit, pair.at(0));
         return vanish_user(edit, customer, user_named(edit, customer, pair.at(1)));
     }},
    {"set_user",
     R"([ID, USER, {"displayName": ..., "usageLocation": ...}])",
     [](Edit& edit, const Wish& triple) {
         const std::uint32_t customer = customer_named(edit, triple.at(0));
         return set_user_members(
             edit, customer, user_named(edit, customer, triple.at(1)), triple.at(2)
         );
     }},
};

// The state of a user that must be active or inactive for what is wished.
UserState state_of(const Edit& edit, std::uint32_t customer, std::uint32_t user, Presence wanted) {
    UserState state = edit.user(customer, user);
    if (state.presence != wanted)
        throw std::invalid_argument(
            wanted == Presence::active ? "the user is not active" : "the user is not inactive"
        );
    return state;
}

} // namespace

void store_user(Edit& edit, std::uint32_t customer, std::uint32_t user, Item item) {
    constexpr std::size_t deletion = position(user_fields, "softDeletionTime");
    UserState state = edit.user(customer, user);
    if (const auto* moment = std::get_if<Moment>(&item.values[deletion]))
        state.deleted_at = *moment;
    state.item = std::make_shared<const Item>(std::move(item));
    edit.set_user(customer, user, std::move(state));
}

std::span<const Operation> user_operations() {
    return operations;
}

nlohmann::json add_users(Edit& edit, std::uint32_t customer, std::uint32_t count) {
    CustomerState state = edit.customer(customer);
    Wish done = Wish::array();
    for (std::uint32_t k = 0; k < count; ++k) {
        edit.set_user(customer, state.users, {.licenses = ProductSet()});
        done.push_back(told_of_user(edit, "add_user", customer, state.users++));
    }
    edit.set_customer(customer, state);
    return done;
}

nlohmann::json delete_user(Edit& edit, std::uint32_t customer, std::uint32_t user) {
    UserState state = state_of(edit, customer, user, Presence::active);
    state.presence = Presence::inactive;
    state.deleted_at = now();
    edit.set_user(customer, user, std::move(state));
    return told_of_user(edit, "delete_user", customer, user);
}

nlohmann::json restore_user(Edit& edit, std::uint32_t customer, std::uint32_t user) {
    UserState state = state_of(edit, customer, user, Presence::inactive);
    state.presence = Presence::active;
    edit.set_user(customer, user, std::move(state));
    return told_of_user(edit, "restore_user", customer, user);
}

nlohmann::json vanish_user(Edit& edit, std::uint32_t customer, std::uint32_t user) {
    UserState state = edit.user(customer, user);
    state.presence = Presence::gone;
    edit.set_user(customer, user, std::move(state));
    return told_of_user(edit, "vanish_user", customer, user);
}

nlohmann::json
modify_user(Edit& edit, std::uint32_t customer, std::uint32_t user, std::uint64_t random) {
    Item item = edit.user_item(customer, user, edit.user(customer, user));
    Wish done = told_of_user(edit, "modify_user", customer, user);
    done["members"] = modify_user(item, random);
    store_user(edit, customer, user, std::move(item));
    return done;
}

nlohmann::json set_user_members(
    Edit& edit, std::uint32_t customer, std::uint32_t user, const nlohmann::json& members
) {
    Item item = edit.user_item(customer, user, edit.user(customer, user));
    for (const auto& [member, value] : members.items()) {
        if (member == "id" || member == "state")
            throw std::invalid_argument(fmt::format("{}: can't be set", member));
        set_member(item, user_fields, member, value);
    }
    store_user(edit, customer, user, std::move(item));
    return told_of_user(edit, "set_user", customer, user);
}

} // namespace pcmirror::simulator
