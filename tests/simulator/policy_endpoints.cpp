#include "tests/simulator/customers.hpp"
#include "tests/simulator/families.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/plain_answers.hpp"
#include "tests/simulator/policies.hpp"
#include "tests/simulator/tokens.hpp"
#include "tests/simulator/write.hpp"

namespace pcmirror::simulator {

namespace {

constexpr std::size_t etag = position(policy_fields, "attributes/etag");
constexpr std::string_view resources[] = {"AzureReservedInstances", "AzureSavingsPlan"};
constexpr std::string_view actions[] = {"Purchase"};
constexpr std::string_view entity_types[] = {"customer"};
constexpr std::string_view grantor_types[] = {"billToPartner"};

const Frame frame{.object_type = "SelfServePolicy"};

// The paths name no customer; the policy's id ends in one.
std::optional<Problem> locate_policy_named(Call& call, std::string_view id) {
    const std::uint64_t seed = call.world.options().seed;
    const auto customer = call.world.find_customer(id.substr(id.find('_') + 1));
    if (!customer || !equal_ignoring_case(id, policy_id(seed, *customer)) ||
        call.world.shelf(*customer, Shelf::policies).empty())
        return problems::unknown_policy;
    call.customer = *customer;
    return {};
}

std::optional<Problem> locate_policy(Call& call) {
    return locate_policy_named(call, call.variable("policy_id"));
}

std::optional<Problem> locate_entity(Call& call) {
    const std::string id = call.request.parameter("entity_id").value_or("");
    if (!is_guid(id))
        return problems::not_a_guid;
    const auto customer = call.world.find_customer(id);
    if (!customer)
        return problems::no_relationship;
    call.customer = *customer;
    return {};
}

std::optional<std::uint32_t>
list_policies(Call& call, std::uint32_t from, std::size_t limit, Items& page) {
    const std::vector<Item> items = call.world.shelf(call.customer, Shelf::policies);
    return append_items(call, policy_fields, items, frame, from, limit, page);
}

Item policy_of(const View& world, std::uint32_t customer) {
    return world.shelf(customer, Shelf::policies).at(0);
}

Reply get_policy(Call& call) {
    return item_answer(call, policy_fields, policy_of(call.world, call.customer), frame);
}

std::vector<std::string> read_permissions(const nlohmann::json& body) {
    std::vector<std::string> permissions;
    for (const nlohmann::json& each : optional_list(body, "permissions")) {
        const nlohmann::json permission = {
            {"action", required_choice(each, "action", actions)},
            {"resource", required_choice(each, "resource", resources)}};
        permissions.push_back(permission.dump());
    }
    if (permissions.empty())
        refuse_member("permissions", "there must be one");
    return permissions;
}

// A policy as it is sent names the customer and the partner, who is the only grantor here.
void check_parties(Write& write) {
    required_choice(write.body, "selfServeEntity/selfServeEntityType", entity_types);
    required_choice(write.body, "grantor/grantorType", grantor_types);
    const std::string grantor = required_text(write.body, "grantor/tenantID");
    if (!equal_ignoring_case(grantor, Registration(write.seed()).tenant_id))
        refuse_member("grantor/tenantID", "it must be the partner's");
    const std::string entity = required_text(write.body, "selfServeEntity/tenantID");
    if (!is_guid(entity))
        throw Refused(problems::not_a_guid);
    const auto customer = write.edit.find_customer(entity);
    if (!customer)
        throw Refused(problems::no_relationship);
    write.call.customer = *customer;
}

void store_policies(Write& write, std::vector<Item> policies, bool changed) {
    const std::uint32_t customer = write.call.customer;
    write.edit.set_shelf(customer, Shelf::policies, std::move(policies));
    write.done(policy_id(write.seed(), customer), changed, customer_id(write.seed(), customer));
}

Reply create_policy(Write& write) {
    check_parties(write);
    const std::uint32_t customer = write.call.customer;
    Item policy = make_policy(write.seed(), customer, read_permissions(write.body));
    if (!write.edit.shelf(customer, Shelf::policies).empty())
        throw Refused(problems::policy_exists);
    // One that was deleted had another.
    policy.values[etag] = guid_from(mix(write.edit.version()));
    renew_policy_etag(policy);
    store_policies(write, {policy}, true);
    return with_status(item_answer(write.call, policy_fields, policy, frame), 201);
}

Reply update_policy(Write& write) {
    const std::string id = required_text(write.body, "id");
    const std::string_view named = write.call.variable("policy_id");
    if (!named.empty() && !equal_ignoring_case(named, id))
        throw Refused(problems::other_policy);
    if (const std::optional<Problem> problem = locate_policy_named(write.call, id))
        throw Refused(*problem);
    check_parties(write);
    if (!equal_ignoring_case(id, policy_id(write.seed(), write.call.customer)))
        throw Refused(problems::other_policy);
    const Item before = policy_of(write.edit, write.call.customer);
    Item policy = make_policy(write.seed(), write.call.customer, read_permissions(write.body));
    policy.values[etag] = before.values[etag];
    if (Value(required_text(write.body, "attributes/etag")) != before.values[etag])
        refuse_stale(write.call);
    const bool changed = policy != before;
    renew_policy_etag(policy);
    store_policies(write, {policy}, changed);
    return item_answer(write.call, policy_fields, policy, frame);
}

Reply delete_policy(Write& write) {
    store_policies(write, {}, true);
    return {.status = 204};
}

constexpr Endpoint table[] = {
    {.name = "list_self_serve_policies",
     .path = "/v1/SelfServePolicy",
     .sign_in = TokenKind::user,
     .locate = locate_entity,
     .paging = Paging::single,
     .rows = list_policies},
    {.name = "get_self_serve_policy",
     .path = "/v1/SelfServePolicy/{policy_id}",
     .sign_in = TokenKind::user,
     .locate = locate_policy,
     .answer = get_policy},
    {.name = "create_self_serve_policy",
     .method = "POST",
     .path = "/v1/SelfServePolicy",
     .sign_in = TokenKind::user,
     .write = create_policy},
    {.name = "update_self_serve_policy",
     .method = "PUT",
     .path = "/v1/SelfServePolicy/{policy_id}",
     .sign_in = TokenKind::user,
     .write = update_policy},
    {.name = "update_self_serve_policy", // as documented
     .method = "PUT",
     .path = "/v1/SelfServePolicy",
     .sign_in = TokenKind::user,
     .write = update_policy},
    {.name = "delete_self_serve_policy",
     .method = "DELETE",
     .path = "/v1/SelfServePolicy/{policy_id}",
     .sign_in = TokenKind::user,
     .locate = locate_policy,
     .write = delete_policy},
};

} // namespace

std::span<const Endpoint> policy_endpoints() {
    return table;
}

} // namespace pcmirror::simulator
