#include "tests/simulator/qualifications.hpp"

#include "tests/simulator/draw.hpp"

namespace pcmirror::simulator {

Item new_qualification(std::string_view qualification, Moment when) {
    Item item;
    item.values.resize(std::size(qualification_fields));
    item.values[position(qualification_fields, "qualification")] = std::string(qualification);
    if (qualification == "StateOwnedEntity")
        return item;
    item.values[position(qualification_fields, "vettingStatus")] = std::string("InReview");
    item.values[position(qualification_fields, "vettingCreateDate")] = when;
    return item;
}

std::vector<Item> make_qualifications(std::uint64_t seed, std::uint32_t customer) {
    Draw draw(mix(seed, 0x9a11f, customer));
    std::vector<Item> items;
    if (!draw.one_in(4))
        return items;
    items.push_back(new_qualification(
        draw.one_in(3) ? "GovernmentCommunityCloud" : "Education", day(2021, 5, 6)
    ));
    Value& status = items.front().values[position(qualification_fields, "vettingStatus")];
    if (draw.one_in(3)) {
        status = std::string("Denied");
        items.front().values[position(qualification_fields, "vettingReason")] =
            std::string("Not an Education Customer");
    } else {
        status = std::string("Approved");
    }
    if (draw.one_in(4))
        items.push_back(new_qualification("StateOwnedEntity", {}));
    return items;
}

} // namespace pcmirror::simulator
