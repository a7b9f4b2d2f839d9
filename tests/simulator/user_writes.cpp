#include "tests/simulator/change.hpp"
#include "tests/simulator/customers.hpp"
#include "tests/simulator/domains.hpp"
#include "tests/simulator/families.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/operation.hpp"
#include "tests/simulator/plain_answers.hpp"
#include "tests/simulator/set_value.hpp"
#include "tests/simulator/user_endpoints.hpp"
#include "tests/simulator/users.hpp"
#include "tests/simulator/write.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <utility>

namespace pcmirror::simulator {

namespace {

constexpr std::size_t principal_name = position(user_fields, "userPrincipalName");

// Members of a user that a client can set.
constexpr std::string_view writable[] = {
    "userPrincipalName",
    "displayName",
    "firstName",
    "lastName",
    "usageLocation",
    "immutableId",
    "phoneNumber"};

Item user_item(const Write& write, std::uint32_t user) {
    return write.edit.user_item(
        write.call.customer, user, write.edit.user(write.call.customer, user)
    );
}

bool is_active(const Write& write, std::uint32_t user) {
    return write.edit.user(write.call.customer, user).presence == Presence::active;
}

void check_free(const Write& write, std::string_view name, std::optional<std::uint32_t> own) {
    const std::uint32_t end = write.edit.customer(write.call.customer).users;
    for (std::uint32_t user = 0; user < end; ++user) {
        if (user == own || !is_active(write, user))
            continue;
        const Item item = user_item(write, user);
        if (equal_ignoring_case(text_of(item, principal_name), name))
            refuse_member("userPrincipalName", "another user has it");
    }
}

void check_name(const Write& write, std::string_view name, bool has_immutable_id) {
    const std::size_t sign = name.find('@');
    if (sign == std::string_view::npos || sign == 0)
        refuse_member("userPrincipalName", "it must be like user@domain");
    const std::string_view domain = name.substr(sign + 1);
    if (!has_domain(write.edit, write.call.customer, domain))
        refuse_member("userPrincipalName", "the domain is not the customer's");
    if (is_federated(write.edit, write.call.customer, domain) && !has_immutable_id)
        refuse_member("immutableId", "users of a federated domain need one");
}

// Eight characters of three kinds.
void check_password(const std::string& password) {
    const auto has = [&](int (*is_of_kind)(int)) {
        return std::any_of(password.begin(), password.end(), [&](unsigned char c) {
            return is_of_kind(c) != 0;
        });
    };
    const int kinds = static_cast<int>(has(std::islower)) + static_cast<int>(has(std::isupper)) +
                      static_cast<int>(has(std::isdigit)) + static_cast<int>(has(std::ispunct));
    if (password.size() < 8 || kinds < 3)
        refuse_member("passwordProfile/password", "it is too simple");
}

// Null leaves a member as it is, as absence does: the .NET client writes both.
void take_members(Item& item, const nlohmann::json& body) {
    if (const auto location = optional_text(body, "usageLocation"))
        check_country("usageLocation", *location);
    for (const std::string_view member : writable)
        if (const nlohmann::json* value = find_member(body, member))
            set_member(item, user_fields, std::string(member), *value);
}

Reply answer_user(Write& write, Item item) {
    const nlohmann::json* password = find_member(write.body, "passwordProfile");
    if (password && write.call.switches.is_on(Switch::echo_passwords))
        answer_also(item, "passwordProfile", *password);
    const auto& id = std::get<std::string>(item.values[position(user_fields, "id")]);
    return item_answer(write.call, user_fields, item, user_frame(write.customer(), id, true));
}

Reply create_user(Write& write) {
    const std::string name = required_text(write.body, "userPrincipalName");
    required_text(write.body, "displayName");
    required_text(write.body, "usageLocation");
    check_password(required_text(write.body, "passwordProfile/password"));
    check_name(write, name, optional_text(write.body, "immutableId").has_value());
    check_free(write, name, {});
    const std::uint32_t customer = write.call.customer;
    const std::uint32_t user = write.edit.customer(customer).users;
    Item item;
    item.values.resize(std::size(user_fields));
    item.values[position(user_fields, "id")] = user_id(write.seed(), customer, user);
    item.values[position(user_fields, "userDomainType")] = std::string("none");
    take_members(item, write.body);

    add_users(write.edit, customer, 1);
    store_user(write.edit, customer, user, std::move(item));
    write.done(user_id(write.seed(), customer, user), true);
    return with_status(
        answer_user(write, user_item(write, user)),
        static_cast<int>(write.call.switches[Switch::create_user_status])
    );
}

Reply set_password(Write& write) {
    if (!is_active(write, write.call.user))
        throw Refused(problems::unknown_user);
    const std::string password = required_text(write.body, "passwordProfile/password");
    check_password(password);
    optional_flag(write.body, "passwordProfile/forceChangePassword");
    UserState state = write.edit.user(write.call.customer, write.call.user);
    const std::size_t before = std::exchange(state.password, std::hash<std::string>()(password));
    const bool changed = state.password != before;
    write.edit.set_user(write.call.customer, write.call.user, std::move(state));
    write.done(user_id(write.seed(), write.call.customer, write.call.user), changed);
    return answer_user(write, user_item(write, write.call.user));
}

Reply reset_password(Write& write) {
    if (write.call.switches[Switch::password_path] == patch_path)
        throw Refused(problems::unknown_path);
    return set_password(write);
}

Reply restore(Write& write) {
    const std::uint32_t user = write.call.user;
    const Item deleted = user_item(write, user);
    check_free(write, text_of(deleted, principal_name), user);
    restore_user(write.edit, write.call.customer, user);
    write.done(user_id(write.seed(), write.call.customer, user), true);
    return answer_user(write, user_item(write, user));
}

Reply change_members(Write& write) {
    const std::uint32_t user = write.call.user;
    if (!is_active(write, user))
        throw Refused(problems::unknown_user);
    const Item before = user_item(write, user);
    Item item = before;
    take_members(item, write.body);
    if (item.values[principal_name] != before.values[principal_name]) {
        const std::string_view name = text_of(item, principal_name);
        const Value& immutable_id = item.values[position(user_fields, "immutableId")];
        check_name(write, name, std::holds_alternative<std::string>(immutable_id));
        check_free(write, name, user);
    }
    store_user(write.edit, write.call.customer, user, item);
    write.done(user_id(write.seed(), write.call.customer, user), item != before);
    return answer_user(write, std::move(item));
}

bool sets_password(const nlohmann::json& body) {
    return find_member(body, "passwordProfile") != nullptr;
}

bool wants_active(const nlohmann::json& body) {
    const auto* state = find_member(body, "state");
    return state && state->is_string() && equal_ignoring_case(state->get<std::string>(), "active");
}

// Whoever sends all of an active user sends its state, too.
bool restores(const nlohmann::json& body) {
    return wants_active(body) &&
           std::none_of(std::begin(writable), std::end(writable), [&](std::string_view member) {
               return find_member(body, member) != nullptr;
           });
}

Reply patch_user(Write& write) {
    if (sets_password(write.body)) {
        if (write.call.switches[Switch::password_path] == own_path)
            refuse_member("passwordProfile", "it has a path of its own");
        return set_password(write);
    }
    const bool is_deleted = !is_active(write, write.call.user);
    return is_deleted && wants_active(write.body) ? restore(write) : change_members(write);
}

Reply remove_user(Write& write) {
    if (!is_active(write, write.call.user))
        throw Refused(problems::unknown_user);
    delete_user(write.edit, write.call.customer, write.call.user);
    write.done(user_id(write.seed(), write.call.customer, write.call.user), true);
    return {.status = 204};
}

constexpr Variant patches[] = {{"reset_user_password", sets_password}, {"restore_user", restores}};

constexpr Endpoint table[] = {
    {.name = "create_user",
     .method = "POST",
     .path = "/v1/customers/{customer_id}/users",
     .sign_in = TokenKind::user,
     .write = create_user},
    {.name = "update_user",
     .method = "PATCH",
     .path = "/v1/customers/{customer_id}/users/{user_id}",
     .sign_in = TokenKind::user,
     .locate = locate_any_user,
     .write = patch_user,
     .variants = patches},
    {.name = "delete_user",
     .method = "DELETE",
     .path = "/v1/customers/{customer_id}/users/{user_id}",
     .sign_in = TokenKind::user,
     .locate = locate_any_user,
     .write = remove_user},
    {.name = "reset_user_password",
     .method = "PATCH",
     .path = "/v1/customers/{customer_id}/users/{user_id}/resetpassword",
     .sign_in = TokenKind::user,
     .locate = locate_any_user,
     .write = reset_password},
};

} // namespace

std::span<const Endpoint> user_writes() {
    return table;
}

} // namespace pcmirror::simulator
