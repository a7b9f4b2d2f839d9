#include "tests/simulator/user_endpoints.hpp"

#include "tests/simulator/customers.hpp"
#include "tests/simulator/users.hpp"

namespace pcmirror::simulator {

namespace {

void append_user(Call& call, std::string& out, const Item& item, bool with_details) {
    const std::string customer = customer_id(call.world.options().seed, call.customer);
    const auto& id = std::get<std::string>(item.values[position(user_fields, "id")]);
    append_item(out, user_fields, item, user_frame(customer, id, with_details), call.speller);
}

// `answer`: the switch that says whether inactive users are there.
std::optional<Problem> locate(Call& call, Switch answer) {
    if (const std::optional<Problem> problem = locate_any_user(call))
        return problem;
    const bool inactive = call.world.user(call.customer, call.user).presence == Presence::inactive;
    return inactive && call.switches[answer] == 404 ? std::optional(problems::unknown_user)
                                                    : std::nullopt;
}

} // namespace

bool filters_users(const Filter& filter) {
    return filter.field == "userstate" && filter.comparison == "equals" &&
           (filter.value == "active" || filter.value == "inactive");
}

std::optional<std::uint32_t>
list_users(Call& call, std::uint32_t from, std::size_t limit, Items& items) {
    const std::optional<Filter> filter = read_filter(call.filter);
    const Presence wanted =
        filter && filter->value == "inactive" ? Presence::inactive : Presence::active;
    const bool with_details = call.switches.is_on(Switch::user_listing_details);
    const std::uint32_t end = call.world.customer(call.customer).users;
    for (std::uint32_t index = from; index < end; ++index) {
        const UserState state = call.world.user(call.customer, index);
        if (state.presence != wanted)
            continue;
        if (items.starts.size() == limit)
            return index;
        items.starts.push_back(items.text.size());
        const Item item = call.world.user_item(call.customer, index, state);
        append_user(call, items.text, item, with_details);
    }
    return {};
}

std::optional<Problem> locate_any_user(Call& call) {
    const auto found = call.world.find_user(call.customer, call.variable("user_id"));
    if (!found)
        return problems::unknown_user;
    call.user = *found;
    return {};
}

std::optional<Problem> locate_user(Call& call) {
    return locate(call, Switch::inactive_user);
}

std::optional<Problem> locate_license_holder(Call& call) {
    return locate(call, Switch::inactive_user_licenses);
}

Reply get_user(Call& call) {
    const UserState state = call.world.user(call.customer, call.user);
    std::string json;
    append_user(call, json, call.world.user_item(call.customer, call.user, state), true);
    return json_answer(call, std::move(json));
}

} // namespace pcmirror::simulator
