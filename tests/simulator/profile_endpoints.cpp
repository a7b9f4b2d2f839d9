#include "tests/simulator/billing_profiles.hpp"
#include "tests/simulator/customers.hpp"
#include "tests/simulator/families.hpp"
#include "tests/simulator/operation.hpp"
#include "tests/simulator/plain_answers.hpp"
#include "tests/simulator/profile_bodies.hpp"
#include "tests/simulator/write.hpp"

namespace pcmirror::simulator {

namespace {

constexpr std::size_t held = position(customer_fields, "billingProfile");
constexpr std::size_t id = position(billing_profile_fields, "id");
constexpr std::size_t etag = position(billing_profile_fields, "attributes/etag");

Item profile_of_customer(const View& world, std::uint32_t customer) {
    Item item = world.customer_item(customer);
    add_customer_details(item, world.options().seed, customer);
    return read_profile(std::get<Json>(item.values[held]));
}

Reply answer_profile(Call& call, const Item& profile) {
    const Frame frame{
        .object_type = "CustomerBillingProfile",
        .self = "/v1/customers/" + customer_id(call.world.options().seed, call.customer) +
                "/profiles/billing"};
    return item_answer(call, billing_profile_fields, profile, frame);
}

Reply get_profile(Call& call) {
    return answer_profile(call, profile_of_customer(call.world, call.customer));
}

void check_etag(const Write& write, const Item& profile) {
    const std::string current(text_of(profile, etag));
    const auto in_header = if_match(write.call.request, current);
    if (!in_header)
        refuse_member("If-Match", "it is required");
    if (*in_header != current ||
        optional_text(write.body, "attributes/etag").value_or(current) != current)
        refuse_stale(write.call);
}

Reply update_profile(Write& write) {
    const Item before = profile_of_customer(write.edit, write.call.customer);
    check_etag(write, before);
    Item profile = profile_of(write.body);
    profile.values[id] = before.values[id];
    profile.values[etag] = before.values[etag];
    const bool changed = profile != before;
    renew_profile_etag(profile);
    Item customer = write.edit.customer_item(write.call.customer);
    customer.values[held] = held_profile(profile);
    store_customer(write.edit, write.call.customer, std::move(customer));
    write.done(std::string(text_of(profile, id)), changed);
    return answer_profile(write.call, profile);
}

constexpr Endpoint table[] = {
    {.name = "get_billing_profile",
     .path = "/v1/customers/{customer_id}/profiles/billing",
     .answer = get_profile},
    {.name = "update_billing_profile",
     .method = "PUT",
     .path = "/v1/customers/{customer_id}/profiles/billing",
     .write = update_profile},
};

} // namespace

std::span<const Endpoint> profile_endpoints() {
    return table;
}

} // namespace pcmirror::simulator
