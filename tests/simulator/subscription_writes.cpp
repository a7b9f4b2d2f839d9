#include "tests/simulator/customers.hpp"
#include "tests/simulator/families.hpp"
#include "tests/simulator/plain_answers.hpp"
#include "tests/simulator/subscription_rules.hpp"
#include "tests/simulator/subscriptions.hpp"
#include "tests/simulator/write.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

constexpr std::size_t etag = position(subscription_fields, "attributes/etag");
constexpr std::size_t id = position(subscription_fields, "id");

std::uint32_t subscription_in(const Write& write) {
    const auto index =
        write.edit.find_subscription(write.call.customer, write.call.variable("subscription_id"));
    if (!index)
        throw Refused(problems::unknown_subscription);
    return *index;
}

// Neither header nor body has to carry one.
void check_etag(const Write& write, const Item& subscription) {
    const std::int64_t mode = write.call.switches[Switch::subscription_etag];
    if (!is_legacy(subscription))
        return;
    const auto& current = std::get<std::string>(subscription.values[etag]);
    const bool in_header = mode == of_either || mode == of_header;
    const bool in_body = mode == of_either || mode == of_body;
    if ((in_header && if_match(write.call.request, current).value_or(current) != current) ||
        (in_body && optional_text(write.body, "attributes/etag").value_or(current) != current))
        refuse_stale(write.call);
}

// Some are slow, and always the same ones.
bool takes_long(const Write& write, std::uint32_t index) {
    const std::int64_t mode = write.call.switches[Switch::accepted];
    if (mode != some_accepted)
        return mode == all_accepted;
    return mix(write.seed(), write.call.customer, index) % 8 == 0;
}

Clock::time_point end_of_waiting(const Call& call) {
    const std::chrono::milliseconds lag(call.switches[Switch::accepted_lag]);
    return lag.count() == 0 ? Clock::time_point::max() : Clock::now() + lag;
}

Reply update_subscription(Write& write) {
    const std::uint32_t customer = write.call.customer;
    const std::uint32_t index = subscription_in(write);
    if (write.edit.holds().is_deferred(customer, index))
        throw Refused(problems::subscription_not_ready);
    const Item before = write.edit.subscription_item(customer, index);
    check_etag(write, before);
    Item after =
        changed_subscription(before, write.body, write.call.switches.is_on(Switch::patch_resets));
    const bool changed = after != before;
    if (is_legacy(after))
        renew_etag(after);
    const bool later = takes_long(write, index);
    if (later)
        write.edit.defer(customer, index, end_of_waiting(write.call));
    write.edit.set_subscription(customer, index, {.item = std::make_shared<const Item>(after)});
    const auto& name = std::get<std::string>(after.values[id]);
    write.done(name, changed);
    if (later)
        return {
            .status = 202,
            .headers = {
                {"Location",
                 fmt::format("/customers/{}/subscriptions/{}", write.customer(), name)}}};
    return item_answer(
        write.call, subscription_fields, after, subscription_frame(write.customer(), after, false)
    );
}

constexpr Endpoint table[] = {
    {.name = "update_subscription",
     .method = "PATCH",
     .path = "/v1/customers/{customer_id}/subscriptions/{subscription_id}",
     .write = update_subscription},
};

} // namespace

std::span<const Endpoint> subscription_writes() {
    return table;
}

} // namespace pcmirror::simulator
