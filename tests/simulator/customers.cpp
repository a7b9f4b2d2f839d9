#include "tests/simulator/customers.hpp"

#include "tests/simulator/billing_profiles.hpp"
#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/words.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

consteval std::size_t at(std::string_view member) {
    return position(customer_fields, member);
}

constexpr std::pair<std::string_view, std::string_view> nested_types[] = {
    {"companyProfile", "CustomerCompanyProfile"}};

std::vector<Unknown> unknown_members(Draw& draw) {
    std::vector<Unknown> unknown;
    if (draw.one_in(3))
        unknown.push_back({"", "tags", R"(["tier:gold","\u00e9t\u00e9"])"});
    if (draw.one_in(8))
        unknown.push_back(
            {"",
             "indirectReseller",
             fmt::format(R"({{"id":"{}","share":12.50}})", guid_from(draw.next()))}
        );
    if (draw.one_in(8))
        unknown.push_back({"companyProfile", "region", R"("EMEA")"});
    return unknown;
}

} // namespace

std::uint64_t customer_key(std::uint64_t seed) {
    return mix(seed, 0xc05700e2);
}

std::string customer_id(std::uint64_t seed, std::uint32_t index) {
    return guid_of(customer_key(seed), index);
}

std::string make_company_name(std::uint64_t random, std::uint32_t index) {
    Draw draw(random);
    const std::string_view word = draw.one_in(6) ? draw.pick(odd_words) : draw.pick(company_words);
    // Some are not unique, and some end in a blank.
    if (draw.one_in(20))
        return std::string(word);
    return fmt::format("{} {}{}", word, index, draw.pick(company_forms));
}

Item make_customer(std::uint64_t seed, std::uint32_t index) {
    Draw draw(mix(seed, 1, index));
    const std::string id = customer_id(seed, index);
    const std::string name = make_company_name(draw.next(), index);
    Item item;
    item.values.resize(std::size(customer_fields));
    item.values[at("id")] = id;
    item.values[at("companyProfile/tenantId")] = id;
    item.values[at("companyProfile/domain")] =
        fmt::format("{}{}.onmicrosoft.com", draw.one_in(4) ? "ContosoCorp" : "customer", index);
    if (!draw.one_in(40))
        item.values[at("companyProfile/companyName")] = name;
    item.values[at("relationshipToPartner")] =
        std::string(draw.one_in(12) ? draw.pick(std::span(relationships)) : "reseller");
    item.unknown = unknown_members(draw);
    return item;
}

Texts custom_domains(const Item& item, std::uint32_t index) {
    if (const auto* changed = std::get_if<Texts>(&item.values[at("customDomains")]))
        return *changed;
    const std::string domain = fmt::format("customer{}.example.com", index);
    return {{domain, "www." + domain}};
}

void add_customer_details(Item& item, std::uint64_t seed, std::uint32_t index) {
    Draw draw(mix(seed, 4, index));
    const auto fill = [&](std::size_t member, Value value) {
        // What a change has set stays.
        if (std::holds_alternative<std::monostate>(item.values[member]))
            item.values[member] = std::move(value);
    };
    const std::string id = customer_id(seed, index);
    fill(at("commerceId"), draw.one_in(3) ? id : guid_from(draw.next()));
    fill(at("allowDelegatedAccess"), !draw.one_in(5));
    fill(at("companyProfile/email"), fmt::format("admin@customer{}.example.com", index));
    fill(at("customDomains"), custom_domains(item, index));
    fill(
        at("companyProfile/address"),
        Json{fmt::format(
            R"({{"country":"FR","city":"Paris ","addressLine1":"{} rue de la Paix","postalCode":"75002"}})",
            index % 100 + 1
        )}
    );
    fill(at("billingProfile"), held_profile(make_billing_profile(draw.next(), index)));
}

Frame customer_frame(const std::string& id, Shown shown, bool with_links) {
    Frame frame{.object_type = "Customer", .nested_types = nested_types, .shown = shown};
    if (with_links)
        frame.self = "/customers/" + id;
    return frame;
}

} // namespace pcmirror::simulator
