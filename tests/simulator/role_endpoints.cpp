#include "tests/simulator/families.hpp"
#include "tests/simulator/plain_answers.hpp"
#include "tests/simulator/roles.hpp"
#include "tests/simulator/user_endpoints.hpp"
#include "tests/simulator/users.hpp"
#include "tests/simulator/write.hpp"

namespace pcmirror::simulator {

namespace {

const Frame role_frame{.object_type = "DirectoryRole"};
const Frame member_frame{.object_type = "UserMember"};

std::optional<Problem> locate_role(Call& call) {
    const auto role = find_role(call.world.options().seed, call.customer, call.variable("role_id"));
    if (!role)
        return problems::unknown_role;
    call.role = *role;
    return {};
}

std::optional<Problem> locate_member(Call& call) {
    const std::optional<Problem> problem = locate_role(call);
    return problem ? problem : locate_any_user(call);
}

RoleSet roles_of(const View& world, std::uint32_t customer, std::uint32_t user) {
    const UserState state = world.user(customer, user);
    return state.presence == Presence::active ? world.given_roles(customer, user, state)
                                              : RoleSet();
}

Item member(const View& world, std::uint32_t customer, std::size_t role, std::uint32_t user) {
    const Item item = world.user_item(customer, user, world.user(customer, user));
    return make_role_member(world.options().seed, customer, role, item);
}

std::optional<std::uint32_t> list_roles_of(
    Call& call, const RoleSet& roles, std::uint32_t from, std::size_t limit, Items& page
) {
    std::vector<Item> items;
    for (std::size_t role = 0; role < role_count; ++role)
        if (roles[role])
            items.push_back(make_role(call.world.options().seed, call.customer, role));
    return append_items(call, directory_role_fields, items, role_frame, from, limit, page);
}

std::optional<std::uint32_t>
list_roles(Call& call, std::uint32_t from, std::size_t limit, Items& page) {
    return list_roles_of(call, RoleSet().set(), from, limit, page);
}

std::optional<std::uint32_t>
list_user_roles(Call& call, std::uint32_t from, std::size_t limit, Items& page) {
    const RoleSet roles = roles_of(call.world, call.customer, call.user);
    return list_roles_of(call, roles, from, limit, page);
}

std::optional<std::uint32_t>
list_members(Call& call, std::uint32_t from, std::size_t limit, Items& page) {
    const std::uint32_t end = call.world.customer(call.customer).users;
    for (std::uint32_t user = from; user < end; ++user) {
        if (!roles_of(call.world, call.customer, user)[call.role])
            continue;
        if (page.starts.size() == limit)
            return user;
        page.starts.push_back(page.text.size());
        const Item item = member(call.world, call.customer, call.role, user);
        append_item(page.text, role_member_fields, item, member_frame, call.speller);
    }
    return {};
}

void set_role(Write& write, bool held) {
    const Call& call = write.call;
    UserState state = write.edit.user(call.customer, call.user);
    RoleSet roles = write.edit.given_roles(call.customer, call.user, state);
    const bool changed = roles[call.role] != held;
    state.roles = roles.set(call.role, held);
    write.edit.set_user(call.customer, call.user, std::move(state));
    write.done(
        role_id(write.seed(), call.customer, call.role) + "/" +
            user_id(write.seed(), call.customer, call.user),
        changed
    );
}

void check_active(const Write& write) {
    if (write.edit.user(write.call.customer, write.call.user).presence != Presence::active)
        throw Refused(problems::unknown_user);
}

// Who has the role already is answered as if it were new.
Reply add_member(Write& write) {
    Call& call = write.call;
    const std::string id = required_text(write.body, "id");
    for (const char* name : {"displayName", "userPrincipalName"})
        required_text(write.body, name);
    const auto user = write.edit.find_user(call.customer, id);
    if (!user)
        throw Refused(problems::unknown_user);
    call.user = *user;
    check_active(write);
    set_role(write, true);
    const Item item = member(write.edit, call.customer, call.role, call.user);
    return with_status(item_answer(call, role_member_fields, item, member_frame), 201);
}

Reply remove_member(Write& write) {
    const Call& call = write.call;
    if (!roles_of(write.edit, call.customer, call.user)[call.role])
        throw Refused(problems::no_role_member);
    set_role(write, false);
    return {.status = 204};
}

constexpr Endpoint table[] = {
    {.name = "list_directory_roles",
     .path = "/v1/customers/{customer_id}/directoryroles",
     .sign_in = TokenKind::user,
     .paging = Paging::single,
     .rows = list_roles},
    {.name = "list_role_members",
     .path = "/v1/customers/{customer_id}/directoryroles/{role_id}/usermembers",
     .sign_in = TokenKind::user,
     .locate = locate_role,
     .paging = Paging::seek,
     .rows = list_members},
    {.name = "list_user_roles",
     .path = "/v1/customers/{customer_id}/users/{user_id}/directoryroles",
     .sign_in = TokenKind::user,
     .locate = locate_user,
     .paging = Paging::single,
     .rows = list_user_roles},
    {.name = "add_user_role",
     .method = "POST",
     .path = "/v1/customers/{customer_id}/directoryroles/{role_id}/usermembers",
     .sign_in = TokenKind::user,
     .locate = locate_role,
     .write = add_member},
    {.name = "remove_user_role",
     .method = "DELETE",
     .path = "/v1/customers/{customer_id}/directoryroles/{role_id}/usermembers/{user_id}",
     .sign_in = TokenKind::user,
     .locate = locate_member,
     .write = remove_member},
};

} // namespace

std::span<const Endpoint> role_endpoints() {
    return table;
}

} // namespace pcmirror::simulator
