#include "tests/simulator/subscriptions.hpp"

#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/subscription_parts.hpp"
#include "tests/simulator/words.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

consteval std::size_t at(std::string_view member) {
    return position(subscription_fields, member);
}

Moment some_day(Draw& draw) {
    return {day(2016, 1, 1).ticks + static_cast<std::int64_t>(draw.below(3000)) * ticks_per_day};
}

// Whole seconds, milliseconds or all seven digits.
Moment some_moment(Draw& draw) {
    const std::int64_t unit =
        std::array<std::int64_t, 3>{ticks_per_second, 10'000, 1}[draw.below(3)];
    const std::int64_t of_day =
        static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(ticks_per_day)));
    return {some_day(draw).ticks + of_day / unit * unit};
}

void fill_common(Item& item, Draw& draw) {
    const Moment created = some_moment(draw);
    item.values[at("creationDate")] = created;
    item.values[at("effectiveStartDate")] = Moment{created.ticks - created.ticks % ticks_per_day};
    item.values[at("quantity")] =
        static_cast<std::int64_t>(1 + draw.below(draw.one_in(10) ? 100'000 : 300));
    item.values[at("status")] =
        std::string(draw.one_in(5) ? draw.pick(std::span(subscription_statuses)) : "active");
    item.values[at("autoRenewEnabled")] = draw.one_in(2);
    item.values[at("contractType")] =
        std::string(draw.one_in(15) ? draw.pick(std::span(contract_types)) : "subscription");
    if (draw.one_in(3))
        item.values[at("partnerId")] = fmt::format("{}", 1'000'000 + draw.below(9'000'000));
    const std::string_view offer =
        draw.one_in(10) ? draw.pick(odd_words) : draw.pick(license_offers);
    item.values[at("offerName")] = std::string(offer);
    item.values[at("friendlyName")] = friendly_name(draw, offer);
    item.unknown = unknown_subscription_members(draw);
}

void fill_legacy(Item& item, Draw& draw) {
    item.values[at("offerId")] = guid_from(draw.next());
    item.values[at("entitlementId")] = guid_from(draw.next());
    item.values[at("unitType")] = std::string(draw.one_in(3) ? "License(s)" : "Licenses");
    item.values[at("billingType")] = std::string("license");
    item.values[at("orderId")] = guid_from(draw.next());
    item.values[at("commitmentEndDate")] = some_day(draw);
    if (draw.one_in(2))
        item.values[at("billingCycle")] = std::string(draw.pick(std::span(billing_cycles)));
    if (draw.one_in(6))
        item.values[at("isTrial")] = true;
    renew_etag(item);
}

void fill_usage(Item& item, Draw& draw) {
    item.values[at("offerId")] = std::string("MS-AZR-0145P");
    item.values[at("offerName")] = std::string("Microsoft Azure");
    item.values[at("entitlementId")] = guid_from(draw.next());
    item.values[at("quantity")] = std::int64_t{1};
    item.values[at("unitType")] = std::string("Usage-based");
    item.values[at("consumptionType")] = std::string("Usage");
    item.values[at("billingType")] = std::string("usage");
    item.values[at("orderId")] = guid_from(draw.next());
    item.values[at("commitmentEndDate")] = draw.one_in(2) ? end_of_time : Moment{day(9999, 12, 10)};
    item.values[at("cancellationAllowedUntilDate")] = year_one;
    renew_etag(item);
}

void fill_new_commerce(Item& item, Draw& draw) {
    const std::string product = fmt::format("CFQ7TTC0{:04X}", draw.below(0x10000));
    item.values[at("offerId")] =
        fmt::format("{}:0001:CFQ7TTC0K{:03X}", product, draw.below(0x1000));
    item.values[at("productType")] = Json{
        R"({"id":"OnlineServicesNCE","displayName":"Online Services","subType":{"id":"n/a","displayName":"\u00c9dition"}})"};
    item.values[at("unitType")] = std::string("Licenses");
    item.values[at("billingType")] = std::string(draw.one_in(12) ? "benefit" : "license");
    item.values[at("billingCycle")] = std::string(draw.pick(std::span(billing_cycles)));
    item.values[at("termDuration")] = std::string(draw.one_in(3) ? "P1M" : "P1Y");
    if (draw.one_in(4))
        item.values[at("renewalTermDuration")] = std::string("P3Y");
    const Moment end = some_day(draw);
    item.values[at("commitmentEndDate")] = end;
    item.values[at("commitmentEndDateTime")] = Moment{end.ticks + ticks_per_day - 1};
    item.values[at("billingCycleEndDate")] = Moment{end.ticks - 30 * ticks_per_day};
    item.values[at("billingCycleEndDateTime")] = Moment{end.ticks - 29 * ticks_per_day - 1};
    item.values[at("cancellationAllowedUntilDate")] = some_moment(draw);
    item.values[at("orderId")] = modern_order_id(draw);
    item.values[at("publisherName")] = std::string("Microsoft");
    for (const std::size_t flag :
         {at("hasPurchasableAddons"), at("isTrial"), at("attentionNeeded"), at("actionTaken")})
        item.values[flag] = draw.one_in(6);
    item.values[at("isMicrosoftProduct")] = !draw.one_in(8);
    item.values[at("actions")] = Texts{{"edit", "cancel"}};
    item.values[at("refundableQuantity")] = refundable_quantity(draw);
    item.values[at("refundOptions")] = refund_options(draw);
    if (draw.one_in(4))
        item.values[at("promotionId")] = std::string("39NFJQT1PFPL:0001:39NFJQT1Q5KP");
    if (draw.one_in(5))
        item.values[at("migratedFromSubscriptionId")] = guid_from(draw.next());
    if (draw.one_in(3))
        item.values[at("scheduledNextTermInstructions")] = next_term(draw, product);
    if (draw.one_in(6))
        item.values[at("nextChargeInstructions")] = next_term(draw, product);
}

} // namespace

std::uint64_t subscription_key(std::uint64_t seed, std::uint32_t customer) {
    return mix(seed, 0x5b5c, customer);
}

std::string subscription_id(std::uint64_t seed, std::uint32_t customer, std::uint32_t index) {
    return guid_of(subscription_key(seed, customer), index);
}

Item make_subscription(std::uint64_t seed, std::uint32_t customer, std::uint32_t index) {
    Draw draw(mix(subscription_key(seed, customer), 2, index));
    Item item;
    item.values.resize(std::size(subscription_fields));
    item.values[at("id")] = subscription_id(seed, customer, index);
    fill_common(item, draw);
    const std::uint64_t sort = draw.below(10);
    if (sort < 5)
        fill_legacy(item, draw);
    else if (sort < 9)
        fill_new_commerce(item, draw);
    else
        fill_usage(item, draw);
    // An add-on to the customer's first subscription.
    if (index > 0 && sort == 0)
        item.values[at("parentSubscriptionId")] = subscription_id(seed, customer, 0);
    if (std::get<std::string>(item.values[at("status")]) == "suspended")
        item.values[at("suspensionReasons")] = Texts{{"billing", "fraud", "customer_cancellation"}};
    return item;
}

void renew_etag(Item& item) {
    Value& etag = item.values[at("attributes/etag")];
    std::uint64_t version = 1;
    if (const auto* text = std::get_if<std::string>(&etag))
        version = version_of_etag(*text) + 1;
    else if (!std::holds_alternative<std::string>(item.values[at("entitlementId")]))
        return;
    etag = etag_of(std::get<std::string>(item.values[at("id")]), version);
}

Frame subscription_frame(const std::string& customer_id, const Item& item, bool of_listing) {
    const std::string& id = std::get<std::string>(item.values[at("id")]);
    Frame frame{.object_type = "Subscription"};
    frame.self = of_listing ? "/subscriptions?key=" + id
                            : fmt::format("/customers/{}/subscriptions/{}", customer_id, id);
    if (const auto* offer = std::get_if<std::string>(&item.values[at("offerId")]);
        offer && is_guid(*offer))
        frame.links = fmt::format(R"("offer":{},)", link("/v1/offers/" + *offer));
    frame.shown = of_listing ? Shown::always : Shown::to_delegated_admin;
    return frame;
}

} // namespace pcmirror::simulator
