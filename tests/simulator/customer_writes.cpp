#include "tests/simulator/billing_profiles.hpp"
#include "tests/simulator/customers.hpp"
#include "tests/simulator/domains.hpp"
#include "tests/simulator/families.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/operation.hpp"
#include "tests/simulator/plain_answers.hpp"
#include "tests/simulator/profile_bodies.hpp"
#include "tests/simulator/roles.hpp"
#include "tests/simulator/set_value.hpp"
#include "tests/simulator/subscriptions.hpp"
#include "tests/simulator/users.hpp"
#include "tests/simulator/write.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

consteval std::size_t at(std::string_view member) {
    return position(customer_fields, member);
}

void check_headers(const Request& request) {
    for (const char* name : {"MS-RequestId", "MS-CorrelationId"})
        if (request.header(name).empty())
            refuse_member(name, "the header is required");
}

std::string free_domain(const Write& write) {
    std::string domain = required_text(write.body, "companyProfile/domain");
    if (domain.find('.') == std::string::npos || domain.find('@') != std::string::npos)
        refuse_member("companyProfile/domain", "it is no domain");
    if (is_domain_taken(write.edit, domain))
        throw Refused(problems::domain_taken);
    return domain;
}

// All members are set, so that none is made up.
Item make_founded(const Write& write, std::uint32_t index, std::string domain, Item profile) {
    const std::string id = customer_id(write.seed(), index);
    profile.values[position(billing_profile_fields, "id")] =
        guid_from(mix(write.seed(), 0xb111, index));
    renew_profile_etag(profile);
    const auto& address = profile.values[position(billing_profile_fields, "defaultAddress")];
    Item item;
    item.values.resize(std::size(customer_fields));
    item.values[at("id")] = id;
    item.values[at("commerceId")] = id;
    item.values[at("companyProfile/tenantId")] = id;
    item.values[at("customDomains")] = Texts{{domain}};
    item.values[at("companyProfile/domain")] = std::move(domain);
    item.values[at("companyProfile/companyName")] =
        profile.values[position(billing_profile_fields, "companyName")];
    item.values[at("companyProfile/address")] = address;
    item.values[at("companyProfile/email")] =
        profile.values[position(billing_profile_fields, "email")];
    item.values[at("billingProfile")] = held_profile(profile);
    item.values[at("relationshipToPartner")] = std::string("reseller");
    item.values[at("allowDelegatedAccess")] = true;
    return item;
}

// A new tenant has one user, who may do everything.
void add_administrator(Edit& edit, std::uint32_t customer, const std::string& domain) {
    Item item;
    item.values.resize(std::size(user_fields));
    item.values[position(user_fields, "id")] = user_id(edit.options().seed, customer, 0);
    item.values[position(user_fields, "userPrincipalName")] = "admin@" + domain;
    item.values[position(user_fields, "displayName")] = std::string("admin");
    item.values[position(user_fields, "userDomainType")] = std::string("none");
    edit.set_user(
        customer,
        0,
        {.licenses = ProductSet(),
         .roles = RoleSet().set(company_administrator),
         .item = std::make_shared<const Item>(std::move(item))}
    );
}

Reply create_customer(Write& write) {
    check_headers(write.call.request);
    if (find_member(write.body, "userCredentials"))
        refuse_member("userCredentials", "they are not for you to choose");
    const nlohmann::json* profile = find_member(write.body, "billingProfile");
    if (!profile)
        refuse_member("billingProfile", "it is required");
    Item billing = profile_of(*profile);
    check_national_rules(write.body);
    const std::string domain = free_domain(write);

    const std::uint32_t index = write.edit.found_customer();
    Item item = make_founded(write, index, domain, std::move(billing));
    write.edit.set_customer(index, {.users = 1, .item = std::make_shared<const Item>(item)});
    add_administrator(write.edit, index, domain);
    const std::string id = customer_id(write.seed(), index);
    write.done(id, true, id);

    item.values[at("companyProfile/companyName")] = {};
    answer_also(
        item,
        "userCredentials",
        {{"userName", "admin"},
         {"password", fmt::format("S{:x}*", mix(write.seed(), 0x5ec, index))}}
    );
    const Frame frame = customer_frame(id, Shown::in_detail, false);
    return with_status(item_answer(write.call, customer_fields, item, frame), 201);
}

std::vector<std::string> active_subscriptions(const Edit& edit, std::uint32_t customer) {
    constexpr std::size_t status = position(subscription_fields, "status");
    constexpr std::size_t id = position(subscription_fields, "id");
    std::vector<std::string> active;
    const CustomerState state = edit.customer(customer);
    for (std::uint32_t index = state.first; index < state.end; ++index) {
        if (!edit.subscription(customer, index).exists)
            continue;
        const Item item = edit.subscription_item(customer, index);
        if (item.values[status] == Value(std::string("active")))
            active.push_back(std::get<std::string>(item.values[id]));
    }
    return active;
}

Reply remove_relationship(Write& write) {
    if (!equal_ignoring_case(required_text(write.body, "relationshipToPartner"), "none"))
        refuse_member("relationshipToPartner", "it can only become none");
    const auto active = active_subscriptions(write.edit, write.call.customer);
    if (!active.empty())
        throw Refused(
            problems::bad_member,
            "The relationship can't be removed while the customer has active subscriptions.",
            active
        );
    remove_customer(write.edit, write.call.customer);
    write.done(write.customer(), true);
    // Nothing but what was sent.
    return json_answer(
        write.call, R"({"relationshipToPartner":"none","attributes":{"objectType":"Customer"}})"
    );
}

constexpr Endpoint table[] = {
    {.name = "create_customer",
     .method = "POST",
     .path = "/v1/customers",
     .write = create_customer},
    {.name = "remove_reseller_relationship",
     .method = "PATCH",
     .path = "/v1/customers/{customer_id}",
     .sign_in = TokenKind::user,
     .write = remove_relationship},
};

} // namespace

std::span<const Endpoint> customer_writes() {
    return table;
}

} // namespace pcmirror::simulator
