#include "tests/simulator/switches.hpp"

#include "tests/simulator/guid.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <mutex>

namespace pcmirror::simulator {

namespace {

constexpr std::string_view off_on = "off|on";
constexpr std::string_view spelling = "uniform|mixed";

constexpr SwitchDescription descriptions[] = {
    {Switch::bom, "bom", off_on, on, "byte order mark before JSON answers"},
    {Switch::bom_on_errors, "bom_on_errors", off_on, off, "and before error bodies"},
    {Switch::layout,
     "layout",
     "compact|spread",
     compact,
     "JSON on one line, or with blanks and newlines"},
    {Switch::charset,
     "charset",
     "uniform|mixed",
     mixed,
     "Content-Type: always with charset=utf-8, or not in every answer"},
    {Switch::gzip, "gzip", off_on, on, "compress when the client accepts it"},
    {Switch::nulls, "nulls", "left_out|written|mixed", either_way, "members that are null"},
    {Switch::guid_case,
     "guid_case",
     "lower|upper|mixed",
     any_case,
     "case of GUIDs; mixed: another in each answer"},
    {Switch::time_forms,
     "time_forms",
     spelling,
     mixed,
     "7 digits and Z, or also 0 and 3 digits, offsets, no zone"},
    {Switch::enum_spelling,
     "enum_spelling",
     spelling,
     mixed,
     "snake_case, or also PascalCase, camelCase, squashed"},
    {Switch::array_order,
     "array_order",
     spelling,
     mixed,
     "order of arrays whose order means nothing"},
    {Switch::member_order, "member_order", spelling, mixed, "order of a record's members"},
    {Switch::escapes,
     "escapes",
     spelling,
     mixed,
     "text as UTF-8, or in some answers escaped as \\uXXXX"},
    {Switch::spelling_seed,
     "spelling_seed",
     "",
     0,
     "0: each answer is spelt anew; N: equal questions are spelt alike, until N changes"},
    {Switch::page_size, "page_size", "", 500, "default and largest page of seek-paged listings"},
    {Switch::oversized_page,
     "oversized_page",
     "clamp|refuse",
     clamped,
     "a size above page_size: clamped, or 400"},
    {Switch::link_prefix,
     "link_prefix",
     "bare|v1|alternate|doubled",
     alternating,
     "links.next.uri: /customers, /v1/customers, by turns, /v1//v1/customers"},
    {Switch::link_headers,
     "link_headers",
     off_on,
     on,
     "links.next.headers holds the continuation token"},
    {Switch::continuation_member,
     "continuation_member",
     off_on,
     on,
     "continuationToken beside links.next"},
    {Switch::total_count, "total_count", "page|listing|zero", of_page, "what totalCount counts"},
    {Switch::unknown_customer, "unknown_customer", "", 403, "403 (code 20002) or 404 (code 60003)"},
    {Switch::delegated_access,
     "delegated_access",
     "some|all|none",
     some,
     "customers with delegated access; without it members are left out"},
    {Switch::detailed_listings,
     "detailed_listings",
     off_on,
     off,
     "the customer list carries what otherwise only GET of a customer shows"},
    {Switch::user_listing_details,
     "user_listing_details",
     off_on,
     on,
     "lists of users carry immutableId and phoneNumber, as GET of a user does"},
    {Switch::inactive_user,
     "inactive_user",
     "",
     200,
     "GET of an inactive user: 200, or 404 (code 60002)"},
    {Switch::inactive_user_licenses,
     "inactive_user_licenses",
     "",
     200,
     "licenses of an inactive user: 200 with what is left, or 404"},
    {Switch::deleted_keep_licenses,
     "deleted_keep_licenses",
     off_on,
     off,
     "inactive users still hold what they held"},
    {Switch::deleted_are_counted,
     "deleted_are_counted",
     off_on,
     off,
     "consumedUnits counts what inactive users held"},
    {Switch::counter_lag,
     "counter_lag",
     "",
     0,
     "milliseconds that consumedUnits is behind the licenses"},
    {Switch::app_only_status,
     "app_only_status",
     "",
     403,
     "app-only token where a user is needed: 403 (code 900329), 500, ...; 200: allowed"},
    {Switch::mfa_compliant, "mfa_compliant", off_on, on, "isMfaCompliant, when ValidateMfa asks"},
    {Switch::requests_per_minute,
     "requests_per_minute",
     "",
     0,
     "429 above this many requests in a throttle_window; 0: no limit"},
    {Switch::throttle_window,
     "throttle_window",
     "",
     60'000,
     "milliseconds that requests_per_minute is counted over"},
    {Switch::latency, "latency", "", 0, "milliseconds before each answer"},
    {Switch::lag, "lag", "", 0, "milliseconds until a change shows in listings"},
    {Switch::item_lag, "item_lag", "", 0, "milliseconds until a change shows in GETs of one item"},
    {Switch::request_ids,
     "request_ids",
     "replay|ignore|forget",
     replayed,
     "a write with a known MS-RequestId: first answer again, acts again, or acts unless it is one "
     "of "
     "the request_ids_kept"},
    {Switch::request_ids_kept,
     "request_ids_kept",
     "",
     1,
     "how many of the latest ids are known where others are forgotten"},
    {Switch::stale_etag, "stale_etag", "", 400, "400 (code 2055), 412 or 417 (code 800036)"},
    {Switch::subscription_etag,
     "subscription_etag",
     "both|header|body|none",
     of_either,
     "which ETag of PATCH subscription is looked at, if sent (legacy only)"},
    {Switch::patch_resets,
     "patch_resets",
     off_on,
     on,
     "PATCH subscription resets what the body leaves out"},
    {Switch::accepted,
     "accepted",
     "none|some|all",
     some_accepted,
     "subscriptions whose PATCH is answered 202; the change shows later"},
    {Switch::accepted_lag,
     "accepted_lag",
     "",
     200,
     "milliseconds until it shows; 0: when it is released (DELETE /holds)"},
    {Switch::create_user_status, "create_user_status", "", 200, "200 or 201"},
    {Switch::echo_passwords,
     "echo_passwords",
     off_on,
     on,
     "the answers to creating a user and setting a password repeat it"},
    {Switch::password_path,
     "password_path",
     "both|resetpassword|patch",
     either_path,
     "where a password can be set: users/ID/resetpassword, PATCH of the user"},
    {Switch::license_warnings,
     "license_warnings",
     off_on,
     off,
     "assigned licenses come with a warning"},
};

constexpr bool in_order() {
    std::size_t at = 0;
    for (const SwitchDescription& description : descriptions)
        if (static_cast<std::size_t>(description.id) != at++)
            return false;
    return at == switch_count;
}

static_assert(in_order());

std::optional<std::int64_t> read_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 0)
        return {};
    return number;
}

std::optional<std::int64_t> read_choice(std::string_view choices, std::string_view text) {
    for (std::int64_t index = 0; !choices.empty(); ++index) {
        const std::string_view choice = choices.substr(0, choices.find('|'));
        if (choice == text)
            return index;
        choices.remove_prefix(std::min(choices.size(), choice.size() + 1));
    }
    return {};
}

} // namespace

std::span<const SwitchDescription> switch_descriptions() {
    return descriptions;
}

SwitchValues::SwitchValues() {
    for (const SwitchDescription& description : descriptions)
        set(description.id, description.initial);
}

std::optional<std::string>
Switches::set(const std::string& customer, std::string_view name, std::string_view value) {
    for (const SwitchDescription& description : descriptions) {
        if (description.name != name)
            continue;
        const auto number = description.choices.empty() ? read_number(value)
                                                        : read_choice(description.choices, value);
        if (!number)
            return fmt::format(
                "{}: \"{}\" is not accepted ({})",
                name,
                value,
                description.choices.empty() ? "a number" : description.choices
            );
        const std::unique_lock lock(mutex_);
        ++all_.version;
        if (customer.empty())
            all_.set(description.id, *number);
        else
            customers_[lower_case(customer)][description.id] = *number;
        return {};
    }
    return fmt::format("{}: no such switch", name);
}

SwitchValues Switches::of(const std::string& customer) const {
    const std::shared_lock lock(mutex_);
    SwitchValues values = all_;
    if (customers_.empty() || customer.empty())
        return values;
    if (const auto own = customers_.find(customer); own != customers_.end())
        for (const auto& [which, value] : own->second)
            values.set(which, value);
    return values;
}

std::string spell_switch(const SwitchDescription& description, std::int64_t value) {
    std::string_view choices = description.choices;
    if (choices.empty())
        return fmt::format("{}", value);
    for (; value > 0; --value)
        choices.remove_prefix(choices.find('|') + 1);
    return std::string(choices.substr(0, choices.find('|')));
}

std::string describe_switches() {
    std::string text;
    for (const SwitchDescription& each : descriptions)
        text += fmt::format(
            "  {:<22} {:<26} {:<10} {}\n",
            each.name,
            each.choices.empty() ? "NUMBER" : each.choices,
            spell_switch(each, each.initial),
            each.help
        );
    return text;
}

} // namespace pcmirror::simulator
