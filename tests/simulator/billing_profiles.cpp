#include "tests/simulator/billing_profiles.hpp"

#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/set_value.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pcmirror::simulator {

namespace {

consteval std::size_t at(std::string_view member) {
    return position(billing_profile_fields, member);
}

} // namespace

Item make_billing_profile(std::uint64_t random, std::uint32_t customer) {
    Draw draw(random);
    Item item;
    item.values.resize(std::size(billing_profile_fields));
    item.values[at("id")] = guid_from(draw.next());
    item.values[at("email")] = fmt::format("billing@customer{}.example.com", customer);
    item.values[at("culture")] = std::string("en-US");
    item.values[at("language")] = std::string("En");
    item.values[at("companyName")] = fmt::format("Company {}", customer);
    item.values[at("defaultAddress")] = Json{fmt::format(
        R"({{"addressLine1":"{} rue de la Paix","city":"Paris ","country":"FR","firstName":"Ada","lastName":"Martin","phoneNumber":"4255550101","postalCode":"75002"}})",
        customer % 100 + 1
    )};
    renew_profile_etag(item);
    return item;
}

Json held_profile(const Item& profile) {
    nlohmann::json held = nlohmann::json::object();
    for (std::size_t member = 0; member < std::size(billing_profile_fields); ++member) {
        const std::string name(billing_profile_fields[member].member);
        if (const auto* text = std::get_if<std::string>(&profile.values[member]))
            held[nlohmann::json::json_pointer("/" + name)] = *text;
        if (const auto* json = std::get_if<Json>(&profile.values[member]))
            held[name] = nlohmann::json::parse(json->text);
    }
    held["attributes"]["objectType"] = "CustomerBillingProfile";
    return {held.dump()};
}

Item read_profile(const Json& held) {
    const nlohmann::json members = nlohmann::json::parse(held.text);
    Item item;
    item.values.resize(std::size(billing_profile_fields));
    for (const Field& field : billing_profile_fields) {
        const nlohmann::json::json_pointer path("/" + std::string(field.member));
        if (members.contains(path))
            set_member(item, billing_profile_fields, std::string(field.member), members.at(path));
    }
    return item;
}

void renew_profile_etag(Item& profile) {
    const std::uint64_t before =
        mix(mix(7, text_of(profile, at("id"))), text_of(profile, at("attributes/etag")));
    profile.values[at("attributes/etag")] = fmt::format("{}", static_cast<std::int64_t>(before));
}

} // namespace pcmirror::simulator
