#include "tests/simulator/profile_bodies.hpp"

#include "tests/simulator/billing_profiles.hpp"
#include "tests/simulator/body.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/refused.hpp"
#include "tests/simulator/set_value.hpp"

#include <algorithm>
#include <cctype>

namespace pcmirror::simulator {

namespace {

using Wish = nlohmann::json;

consteval std::size_t at(std::string_view member) {
    return position(billing_profile_fields, member);
}

// Countries whose companies are known by a number.
constexpr std::string_view with_registration_number[] = {
    "AM", "AZ", "BY", "HU", "KZ", "KG", "MD", "RU", "TJ", "UZ", "UA", "IN",
    "BR", "ZA", "PL", "AE", "SA", "TR", "TH", "VN", "MM", "IQ", "SS", "VE"};

void check_length(const Wish& body, std::string_view path, std::size_t most) {
    if (required_text(body, path).size() > most)
        refuse_member(path, "it is too long");
}

void check_address(const Wish& body) {
    check_country("defaultAddress/country", required_text(body, "defaultAddress/country"));
    required_text(body, "defaultAddress/city");
    check_length(body, "defaultAddress/addressLine1", 200);
    check_length(body, "defaultAddress/firstName", 50);
    check_length(body, "defaultAddress/lastName", 50);
}

// en-US, whatever was sent.
std::string culture_of(const Wish& body) {
    std::string culture = lower_case(required_text(body, "culture"));
    if (culture.size() != 5 || culture[2] != '-')
        refuse_member("culture", "it must be like en-US");
    for (const std::size_t letter : {3U, 4U})
        culture[letter] =
            static_cast<char>(std::toupper(static_cast<unsigned char>(culture[letter])));
    return culture;
}

bool is_registration_number(std::string_view text) {
    return text.size() <= 30 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '/';
           });
}

} // namespace

Item profile_of(const nlohmann::json& body) {
    Item profile;
    profile.values.resize(std::size(billing_profile_fields));
    check_address(body);
    profile.values[at("culture")] = culture_of(body);
    for (const char* member : {"email", "language", "companyName"})
        required_text(body, member);
    check_country("language", required_text(body, "language"));
    if (required_text(body, "email").find('@') == std::string::npos)
        refuse_member("email", "it must be a mail address");
    for (const char* member :
         {"firstName", "lastName", "email", "language", "companyName", "defaultAddress"})
        if (const Wish* value = find_member(body, member))
            set_member(profile, billing_profile_fields, member, *value);
    return profile;
}

void check_national_rules(const nlohmann::json& body) {
    const std::string country = required_text(body, "billingProfile/defaultAddress/country");
    const bool numbered = std::any_of(
        std::begin(with_registration_number),
        std::end(with_registration_number),
        [&](std::string_view each) { return equal_ignoring_case(each, country); }
    );
    const auto number = optional_text(body, "companyProfile/organizationRegistrationNumber");
    if (!numbered) {
        if (number)
            throw Refused(problems::unwanted_registration_number);
        return;
    }
    if (!number)
        throw Refused(problems::no_registration_number);
    if (!is_registration_number(*number))
        throw Refused(problems::bad_registration_number);
    if (!optional_text(body, "billingProfile/defaultAddress/phoneNumber"))
        throw Refused(problems::no_phone_number);
}

} // namespace pcmirror::simulator
