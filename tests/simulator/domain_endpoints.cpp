#include "tests/simulator/customers.hpp"
#include "tests/simulator/domains.hpp"
#include "tests/simulator/families.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/operation.hpp"
#include "tests/simulator/plain_answers.hpp"
#include "tests/simulator/set_value.hpp"
#include "tests/simulator/write.hpp"

namespace pcmirror::simulator {

namespace {

constexpr std::string_view protocols[] = {"ws_fed", "samlp"};
constexpr std::string_view prompts[] = {
    "translate_to_fresh_password_auth", "native_support", "disabled"};

// 200: taken; 404: free.
Reply check_domain(Call& call) {
    return {.status = is_domain_taken(call.world, call.variable("domain")) ? 200 : 404};
}

void check_federation(const nlohmann::json& body) {
    for (const char* member : {"issuerUri", "logOffUri", "passiveLogOnUri", "signingCertificate"})
        required_text(body, std::string("domainFederationSettings/") + member);
    required_choice(body, "domainFederationSettings/preferredAuthenticationProtocol", protocols);
    required_choice(body, "domainFederationSettings/promptLoginBehavior", prompts);
}

Item read_domain(const nlohmann::json& body) {
    if (!equal_ignoring_case(
            required_text(body, "verifiedDomainName"), required_text(body, "domain/name")
        ))
        refuse_member("domain/name", "it is not verifiedDomainName");
    Item item;
    item.values.resize(std::size(domain_fields));
    for (std::size_t at = 0; at < std::size(domain_fields); ++at) {
        const Field& field = domain_fields[at];
        const std::string path = "domain/" + std::string(field.member);
        if (field.kind == Kind::enumeration)
            item.values[at] = required_choice(body, path, field.spellings);
        else if (field.kind == Kind::boolean)
            item.values[at] = optional_flag(body, path);
        else if (auto text = optional_text(body, path))
            item.values[at] = *std::move(text);
    }
    if (item.values[position(domain_fields, "authenticationType")] ==
        Value(std::string("federated")))
        check_federation(body);
    return item;
}

void add_custom_domain(Write& write, const std::string& name) {
    Item customer = write.edit.customer_item(write.call.customer);
    Texts domains = custom_domains(customer, write.call.customer);
    domains.members.push_back(name);
    customer.values[position(customer_fields, "customDomains")] = std::move(domains);
    store_customer(write.edit, write.call.customer, std::move(customer));
}

Reply add_domain(Write& write) {
    const Item item = read_domain(write.body);
    const auto& name = std::get<std::string>(item.values[position(domain_fields, "name")]);
    if (is_domain_taken(write.edit, name))
        throw Refused(problems::domain_taken);
    std::vector<Item> shelf = write.edit.shelf(write.call.customer, Shelf::domains);
    shelf.push_back(item);
    write.edit.set_shelf(write.call.customer, Shelf::domains, std::move(shelf));
    add_custom_domain(write, name);
    write.done(name, true);
    const Frame plain; // domains come without attributes
    return with_status(item_answer(write.call, domain_fields, item, plain), 201);
}

constexpr Endpoint table[] = {
    {.name = "check_domain",
     .method = "HEAD",
     .path = "/v1/domains/{domain}",
     .answer = check_domain},
    {.name = "add_verified_domain",
     .method = "POST",
     .path = "/v1/customers/{customer_id}/verifieddomain",
     .write = add_domain},
};

} // namespace

std::span<const Endpoint> domain_endpoints() {
    return table;
}

} // namespace pcmirror::simulator
