#include "tests/simulator/agreements.hpp"
#include "tests/simulator/draw.hpp"
#include "tests/simulator/families.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/plain_answers.hpp"
#include "tests/simulator/set_value.hpp"
#include "tests/simulator/write.hpp"

#include <algorithm>

namespace pcmirror::simulator {

namespace {

consteval std::size_t at(std::string_view member) {
    return position(agreement_fields, member);
}

// Agreements come without attributes.
const Frame in_lists;
const Frame in_answers{.shown = Shown::in_detail};

// Those whose type is asked for.
std::vector<Item> of_type(const Call& call, std::vector<Item> items, std::size_t type) {
    const std::string wanted =
        call.request.parameter("agreementType").value_or(std::string(default_agreement_type));
    if (wanted != "*")
        std::erase_if(items, [&](const Item& item) {
            return !equal_ignoring_case(std::get<std::string>(item.values[type]), wanted);
        });
    return items;
}

std::optional<std::uint32_t>
list_metadata(Call& call, std::uint32_t from, std::size_t limit, Items& page) {
    constexpr std::size_t type = position(agreement_metadata_fields, "agreementType");
    const std::vector<Item> items = of_type(call, agreement_templates(), type);
    return append_items(call, agreement_metadata_fields, items, in_lists, from, limit, page);
}

std::optional<std::uint32_t>
list_agreements(Call& call, std::uint32_t from, std::size_t limit, Items& page) {
    const std::vector<Item> items =
        of_type(call, call.world.shelf(call.customer, Shelf::agreements), at("type"));
    return append_items(call, agreement_fields, items, in_lists, from, limit, page);
}

Item template_of(const nlohmann::json& body) {
    constexpr std::size_t id = position(agreement_metadata_fields, "templateId");
    constexpr std::size_t type = position(agreement_metadata_fields, "agreementType");
    const std::string wanted = lower_case(required_text(body, "templateId"));
    for (const Item& each : agreement_templates())
        if (std::get<std::string>(each.values[id]) == wanted) {
            if (!equal_ignoring_case(
                    std::get<std::string>(each.values[type]), required_text(body, "type")
                ))
                refuse_member("type", "it is not that of the template");
            return each;
        }
    refuse_member("templateId", "there is no such template");
}

// Only what tells contacts apart.
Json contact_of(const nlohmann::json& body) {
    nlohmann::json contact = nlohmann::json::object();
    for (const std::string name : {"firstName", "lastName", "email"})
        contact[name] = required_text(body, "primaryContact/" + name);
    if (const auto phone = optional_text(body, "primaryContact/phoneNumber"))
        contact["phoneNumber"] = *phone;
    return {contact.dump()};
}

Item read_agreement(const nlohmann::json& body) {
    const Item made_of = template_of(body);
    Item item;
    item.values.resize(std::size(agreement_fields));
    item.values[at("primaryContact")] = contact_of(body);
    if (!read_moment(required_text(body, "dateAgreed")))
        refuse_member("dateAgreed", "it must be a date-time");
    set_member(item, agreement_fields, "dateAgreed", body.at("dateAgreed"));
    const auto copy = [&](std::size_t to, std::size_t from) {
        item.values[to] = made_of.values[from];
    };
    copy(at("templateId"), position(agreement_metadata_fields, "templateId"));
    copy(at("type"), position(agreement_metadata_fields, "agreementType"));
    copy(at("agreementLink"), position(agreement_metadata_fields, "agreementLink"));
    return item;
}

// A partner confirms once: names, mail address or phone number must differ.
bool is_confirmed(const Item& known, const Item& wanted) {
    return known.values[at("type")] == wanted.values[at("type")] &&
           known.values[at("primaryContact")] == wanted.values[at("primaryContact")];
}

Reply already_confirmed() {
    Reply reply{.status = 400};
    reply.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    reply.body =
        R"({"code":600061,"message":"A partner confirmed agreement already exists for the customer.",)"
        R"("description":"A partner confirmed agreement already exists for the customer.",)"
        R"("errorName":"PartnerConfirmedAgreementAlreadyExists","isRetryable":false,)"
        R"("parameters":{},"errorMessageExtended":"InternalErrorCode=600061"})";
    return reply;
}

Reply confirm_agreement(Write& write) {
    Item item = read_agreement(write.body);
    std::vector<Item> shelf = write.edit.shelf(write.call.customer, Shelf::agreements);
    if (std::any_of(shelf.begin(), shelf.end(), [&](const Item& known) {
            return is_confirmed(known, item);
        }))
        throw Refused(already_confirmed());
    shelf.push_back(item);
    write.edit.set_shelf(write.call.customer, Shelf::agreements, std::move(shelf));
    write.done(std::get<std::string>(item.values[at("templateId")]), true);
    item.values[at("userId")] = guid_from(mix(write.seed(), 0xad));
    item.values[at("agreementLink")] = {};
    return with_status(item_answer(write.call, agreement_fields, item, in_answers), 201);
}

constexpr Endpoint table[] = {
    {.name = "list_agreement_metadata",
     .path = "/v1/agreements",
     .sign_in = TokenKind::user,
     .paging = Paging::single,
     .rows = list_metadata},
    {.name = "list_agreements",
     .path = "/v1/customers/{customer_id}/agreements",
     .sign_in = TokenKind::user,
     .paging = Paging::single,
     .rows = list_agreements},
    {.name = "confirm_customer_agreement",
     .method = "POST",
     .path = "/v1/customers/{customer_id}/agreements",
     .sign_in = TokenKind::user,
     .write = confirm_agreement},
};

} // namespace

std::span<const Endpoint> agreement_endpoints() {
    return table;
}

} // namespace pcmirror::simulator
