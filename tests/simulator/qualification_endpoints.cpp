#include "tests/simulator/families.hpp"
#include "tests/simulator/plain_answers.hpp"
#include "tests/simulator/qualifications.hpp"
#include "tests/simulator/write.hpp"

#include <algorithm>

namespace pcmirror::simulator {

namespace {

// Nobody can set the others that there are: None, Nonprofit.
constexpr std::string_view settable[] = {
    "Education", "GovernmentCommunityCloud", "StateOwnedEntity"};
constexpr std::string_view segments[] = {"K12", "HigherEducation"};

const Frame plain; // without attributes

Reply list_qualifications(Call& call) {
    return array_answer(
        call, qualification_fields, call.world.shelf(call.customer, Shelf::qualifications), plain
    );
}

Reply update_qualification(Write& write) {
    const std::string wanted = required_choice(write.body, "qualification", settable);
    if (wanted == "Education")
        required_choice(write.body, "educationSegment", segments);
    // It stood in the query once.
    if (wanted == "GovernmentCommunityCloud" && !write.call.request.parameter("code"))
        required_text(write.body, "validationCode");
    std::vector<Item> shelf = write.edit.shelf(write.call.customer, Shelf::qualifications);
    std::erase_if(shelf, [&](const Item& each) {
        return each.values[position(qualification_fields, "qualification")] == Value(wanted);
    });
    shelf.push_back(new_qualification(wanted, now()));
    const Item item = shelf.back();
    write.edit.set_shelf(write.call.customer, Shelf::qualifications, std::move(shelf));
    write.done(wanted, true);
    return with_status(item_answer(write.call, qualification_fields, item, plain), 201);
}

constexpr Endpoint table[] = {
    {.name = "list_qualifications",
     .path = "/v1/customers/{customer_id}/qualifications",
     .answer = list_qualifications},
    {.name = "update_qualification",
     .method = "POST",
     .path = "/v1/customers/{customer_id}/qualifications",
     .sign_in = TokenKind::user,
     .write = update_qualification},
};

} // namespace

std::span<const Endpoint> qualification_endpoints() {
    return table;
}

} // namespace pcmirror::simulator
