#include "tests/simulator/agreements.hpp"

#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/words.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

struct Template {
    std::string_view type;
    std::string_view link;
};

constexpr Template templates[] = {
    {"MicrosoftCloudAgreement", "https://docs.example.com/partner-center/agreements"},
    {"MicrosoftCustomerAgreement", "https://docs.example.com/customeragreement"},
};

std::string template_id(std::size_t number) {
    return guid_from(mix(0xa62ee, number));
}

} // namespace

std::vector<Item> agreement_templates() {
    std::vector<Item> items;
    for (std::size_t number = 0; number < std::size(templates); ++number)
        items.push_back(
            {.values =
                 {template_id(number),
                  std::string(templates[number].type),
                  std::string(templates[number].link),
                  std::int64_t{0}},
             .unknown = {}}
        );
    return items;
}

std::vector<Item> make_agreements(std::uint64_t seed, std::uint32_t customer) {
    Draw draw(mix(seed, 0xa62, customer));
    std::vector<Item> items;
    for (std::size_t number = 0; number < std::size(templates); ++number) {
        if (!draw.one_in(2))
            continue;
        const Person& first = draw.pick(first_names);
        const Person& last = draw.pick(last_names);
        const Moment agreed{
            day(2017, 8, 1).ticks + static_cast<std::int64_t>(draw.below(2000)) * ticks_per_day};
        items.push_back(
            {.values =
                 {Value(),
                  Json{fmt::format(
                      R"({{"email":"{0}@customer{1}.example.com","firstName":"{2}","lastName":"{3}","phoneNumber":"1234567890"}})",
                      first.sign_in,
                      customer,
                      first.name,
                      last.name
                  )},
                  template_id(number),
                  agreed,
                  std::string(templates[number].type),
                  std::string(templates[number].link)},
             .unknown = {}}
        );
    }
    return items;
}

} // namespace pcmirror::simulator
