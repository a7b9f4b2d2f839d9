#include "tests/support/sample_jobs.hpp"

#include <algorithm>
#include <stdexcept>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using Payload = std::optional<json>;

/// A user who can sign in, be licensed, renamed and deleted.
std::string a_user(const JobWorld& world, const std::string& customer) {
    for (const json& user : world.rows("users", customer))
        if (user.at("state") == "active" && !user.at("usage_location").is_null())
            return user.at("user_id");
    return {};
}

/// The payload of what is done to any user.
Payload of_user(const JobWorld& world, const std::string& customer, json more) {
    const std::string user = a_user(world, customer);
    if (user.empty())
        return std::nullopt;
    more["user_id"] = user;
    return more;
}

/// An active subscription of the old commerce, where ETags and orders count, alone in its order.
json a_subscription(const JobWorld& world, const std::string& customer) {
    const std::vector<json> all = world.rows("subscriptions", customer);
    for (const json& one : all) {
        const auto in_order =
            std::ranges::count(all, one.at("order_id"), [](const json& other) -> const json& {
                return other.at("order_id");
            });
        if (one.at("etag").is_null() || one.at("billing_type") != "license" ||
            !one.at("parent_subscription_id").is_null() || in_order != 1)
            continue;
        const json usual = {{"status", "active"}, {"quantity", 20}, {"billingCycle", "monthly"}};
        world.change({{"set", {customer, one.at("subscription_id"), usual}}});
        return one;
    }
    return nullptr;
}

Payload create_customer(const JobWorld& world, const std::string&) {
    const json address = {
        {"country", "FR"},
        {"city", "Lyon"},
        {"address_line1", "1 rue de la Paix"},
        {"postal_code", "69001"},
        {"first_name", "Ada"},
        {"last_name", "Lovelace"},
        {"phone_number", "0123456789"}};
    return json{
        {"company_profile", {{"domain", world.fresh_name() + ".onmicrosoft.com"}}},
        {"billing_profile",
         {{"email", "ada@example.com"},
          {"culture", "fr-FR"},
          {"language", "fr"},
          {"company_name", "Fresh Start"},
          {"default_address", address}}}};
}

Payload remove_reseller_relationship(const JobWorld& world, const std::string& customer) {
    for (const json& one : world.rows("subscriptions", customer))
        if (one.at("status") == "active")
            world.change({{"set", {customer, one.at("subscription_id"), {{"status", "suspended"}}}}}
            );
    return json::object();
}

Payload add_verified_domain(const JobWorld& world, const std::string&) {
    const std::string name = world.fresh_name() + ".example.org";
    return json{
        {"verified_domain_name", name},
        {"domain",
         {{"name", name},
          {"authentication_type", "managed"},
          {"capability", "email"},
          {"status", "verified"},
          {"verification_method", "dns_record"}}}};
}

Payload update_billing_profile(const JobWorld&, const std::string&) {
    return json{{"default_address", {{"city", "Ravenna"}}}};
}

Payload update_spending_budget(const JobWorld&, const std::string&) {
    return json{{"amount", 100.5}};
}

Payload update_qualification(const JobWorld& world, const std::string& customer) {
    if (!world.rows("qualifications", customer).empty())
        return std::nullopt;
    return json{{"qualification", "Education"}, {"education_segment", "K12"}};
}

Payload confirm_customer_agreement(const JobWorld& world, const std::string&) {
    const std::string type = "MicrosoftCustomerAgreement";
    return json{
        {"template_id", world.any("agreements", {{"agreement_type", type}}).at("template_id")},
        {"type", type},
        {"date_agreed", "2024-06-14T00:00:00.000Z"},
        {"primary_contact",
         {{"first_name", "Tania"}, {"last_name", "Carr"}, {"email", "carr@example.com"}}}};
}

Payload update_subscription(const JobWorld& world, const std::string& customer) {
    const json subscription = a_subscription(world, customer);
    if (subscription.is_null())
        return std::nullopt;
    return json{
        {"subscription_id", subscription.at("subscription_id")}, {"friendly_name", "Renamed"}};
}

Payload update_order_billing_cycle(const JobWorld& world, const std::string& customer) {
    const json subscription = a_subscription(world, customer);
    if (subscription.is_null())
        return std::nullopt;
    return json{{"order_id", subscription.at("order_id")}, {"billing_cycle", "annual"}};
}

Payload create_user(const JobWorld& world, const std::string& customer) {
    const std::string domain = world.rows("customers", customer).at(0).at("domain");
    return json{
        {"user_principal_name", "ada@" + domain},
        {"display_name", "Ada"},
        {"usage_location", "FR"},
        {"password", "Geheim4711*"}};
}

Payload update_user(const JobWorld& world, const std::string& customer) {
    return of_user(world, customer, {{"display_name", "Renamed"}});
}

Payload delete_user(const JobWorld& world, const std::string& customer) {
    return of_user(world, customer, json::object());
}

Payload restore_user(const JobWorld& world, const std::string& customer) {
    Payload payload = of_user(world, customer, json::object());
    if (payload)
        world.change({{"delete_user", {customer, payload->at("user_id")}}});
    return payload;
}

Payload reset_user_password(const JobWorld& world, const std::string& customer) {
    return of_user(world, customer, {{"password", "Geheim4711*"}});
}

Payload add_user_role(const JobWorld& world, const std::string& customer) {
    const std::string user = a_user(world, customer);
    for (const json& role : world.rows("directory_roles", customer)) {
        const json& id = role.at("role_id");
        if (world.row("role_members", customer, {{"role_id", id}, {"user_id", user}}).is_null())
            return of_user(world, customer, {{"role_id", id}});
    }
    return std::nullopt;
}

Payload remove_user_role(const JobWorld& world, const std::string& customer) {
    const std::vector<json> members = world.rows("role_members", customer);
    if (members.empty())
        return std::nullopt;
    return json{
        {"role_id", members.front().at("role_id")}, {"user_id", members.front().at("user_id")}};
}

/// One that the user does not have, with seats left; another one is taken away.
Payload assign_licenses(const JobWorld& world, const std::string& customer) {
    const json held = world.row("user_licenses", customer, {{"license_group_id", "group1"}});
    if (held.is_null())
        return std::nullopt;
    const json& user = held.at("user_id");
    for (const json& sku : world.rows("subscribed_skus", customer)) {
        const json& id = sku.at("sku_id");
        if (sku.at("target_type") != "User" || sku.at("license_group_id") != "group1" ||
            sku.at("available_units") < 1 ||
            world.row("users", customer, {{"user_id", user}}).at("usage_location").is_null() ||
            !world.row("user_licenses", customer, {{"user_id", user}, {"sku_id", id}}).is_null())
            continue;
        return json{
            {"user_id", user},
            {"licenses_to_assign", {{{"sku_id", id}}}},
            {"licenses_to_remove", {held.at("sku_id")}}};
    }
    return std::nullopt;
}

json permissions(const std::string& resource) {
    return {{{"resource", resource}, {"action", "Purchase"}}};
}

Payload create_self_serve_policy(const JobWorld& world, const std::string& customer) {
    if (!world.rows("self_serve_policies", customer).empty())
        return std::nullopt;
    return json{{"permissions", permissions("AzureReservedInstances")}};
}

Payload update_self_serve_policy(const JobWorld& world, const std::string& customer) {
    const std::vector<json> policies = world.rows("self_serve_policies", customer);
    if (policies.empty())
        return std::nullopt;
    return json{
        {"policy_id", policies.front().at("policy_id")},
        {"permissions", permissions("AzureSavingsPlan")}};
}

Payload delete_self_serve_policy(const JobWorld& world, const std::string& customer) {
    const std::vector<json> policies = world.rows("self_serve_policies", customer);
    if (policies.empty())
        return std::nullopt;
    return json{{"policy_id", policies.front().at("policy_id")}};
}

constexpr SampleJob samples[] = {
    {"create_customer", create_customer},
    {"remove_reseller_relationship", remove_reseller_relationship},
    {"add_verified_domain", add_verified_domain},
    {"update_billing_profile", update_billing_profile},
    {"update_spending_budget", update_spending_budget},
    {"update_qualification", update_qualification},
    {"confirm_customer_agreement", confirm_customer_agreement},
    {"update_subscription", update_subscription},
    {"update_order_billing_cycle", update_order_billing_cycle},
    {"create_user", create_user},
    {"update_user", update_user},
    {"delete_user", delete_user},
    {"restore_user", restore_user},
    {"reset_user_password", reset_user_password},
    {"add_user_role", add_user_role},
    {"remove_user_role", remove_user_role},
    {"assign_licenses", assign_licenses},
    {"create_self_serve_policy", create_self_serve_policy},
    {"update_self_serve_policy", update_self_serve_policy},
    {"delete_self_serve_policy", delete_self_serve_policy},
};

} // namespace

std::span<const SampleJob> sample_jobs() {
    return samples;
}

const SampleJob* sample_job(std::string_view operation) {
    const auto* const found = std::ranges::find(samples, operation, &SampleJob::operation);
    return found == std::end(samples) ? nullptr : found;
}

std::vector<PreparedJob>
prepare_jobs(const JobWorld& world, const Operation& operation, std::size_t number) {
    const SampleJob* sample = sample_job(operation.name);
    if (sample == nullptr)
        throw std::invalid_argument("no sample job: " + std::string(operation.name));
    std::vector<PreparedJob> jobs;
    if (!operation.per_customer) {
        while (jobs.size() < number)
            jobs.push_back({"", *sample->payload(world, "")});
        return jobs;
    }
    for (const std::string& customer : world.customers()) {
        if (jobs.size() == number)
            return jobs;
        if (Payload payload = sample->payload(world, customer))
            jobs.push_back({customer, *std::move(payload)});
    }
    if (jobs.size() < number)
        throw std::runtime_error(
            "the world has too few customers for " + std::string(operation.name)
        );
    return jobs;
}

} // namespace pcmirror::testing
