#pragma once

#include "tests/simulator/wire.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::simulator {

/// An answer of the error kind, as documented.
struct Problem {
    int status = 400;
    int code = 0; ///< 0: the shape without code, `{"message": ...}`
    std::string_view description = {};
    std::string_view source = "PartnerFD";
};

namespace problems {

inline constexpr Problem not_a_guid{
    400, 2000, "Tenant Id must be a GUID.", "PartnerApiServiceControllers"};
inline constexpr Problem bad_filter{
    400, 2000, "The filter is not supported by this listing.", "PartnerApiServiceControllers"};
inline constexpr Problem bad_size{
    400, 2000, "The size is out of range.", "PartnerApiServiceControllers"};
inline constexpr Problem bad_continuation{
    400, 2000, "The continuation token is invalid or has expired.", "PartnerApiServiceControllers"};
inline constexpr Problem access_denied{401, 400, "Access denied"};
inline constexpr Problem wrong_audience{401, 900420, "The audience in the token is invalid"};
inline constexpr Problem mfa_required{401, 900421, "MFA is required."};
inline constexpr Problem app_only{
    403, 900329, "This resource doesn't support application-only authentication."};
inline constexpr Problem no_relationship{
    403, 20002, "The partner ID has no commerce relationship with the customer ID."};
inline constexpr Problem unknown_tenant{404, 60003, "Tenant not found"};
inline constexpr Problem unknown_subscription{404, 20003, "Subscription not found."};
inline constexpr Problem unknown_user{404, 60002, "The user was not found."};
inline constexpr Problem unknown_order{404, 20000, "Order not found."};
inline constexpr Problem unknown_role{404, 1000, "The directory role was not found."};
inline constexpr Problem no_role_member{404, 1000, "The user is not a member of the role."};
inline constexpr Problem unknown_policy{404, 600039, "Self-serve policy not found."};
inline constexpr Problem other_policy{404, 600040, "Self-serve policy id does not match."};
inline constexpr Problem policy_exists{409, 600041, "Self-serve policy already exists."};
inline constexpr Problem unknown_path{404, 0, "The resource is not found."};

// What is written. Where no number is documented, `bad_member` says what is wrong.
inline constexpr Problem bad_body{400, 0, "The request is invalid."};
inline constexpr Problem bad_member{400, 3000, "Invalid property."};
inline constexpr Problem domain_taken{409, 0, "The domain is already in use."};
inline constexpr Problem no_registration_number{
    400, 600049, "The organization registration number is required in this country."};
inline constexpr Problem bad_registration_number{
    400, 600050, "The organization registration number is malformed."};
inline constexpr Problem unwanted_registration_number{
    400, 600002, "The organization registration number is not supported in this country."};
inline constexpr Problem no_phone_number{
    400, 600051, "The phone number is required in this country."};
inline constexpr Problem no_free_license{
    400,
    60012,
    "We&#39;re sorry, it looks like you've run out of licenses. Buy more licenses, and then try "
    "again."};
inline constexpr Problem stale_etag{400, 2055, "Etag is no longer valid"};
inline constexpr Problem quantity_while_suspended{
    400, 2001, "The quantity of a suspended subscription cannot be changed."};
inline constexpr Problem bad_quantity{
    400, 2002, "Subscription quantity is not within minimum and maximum allowed quantity"};
inline constexpr Problem deleted_subscription{
    400, 2011, "Subscription with deleted status cannot be updated."};
inline constexpr Problem billing_cycle_of_order{
    400,
    2054,
    "The billing cycle for an existing subscription cannot be updated using update-subscription "
    "operation. Use update-Order operation"};
inline constexpr Problem bad_partner{400, 2071, "The partner id is not valid for this offer."};
inline constexpr Problem inactive_order{
    400, 6000, "The billing cycle of an inactive subscription cannot be changed."};
inline constexpr Problem cycle_not_offered{
    400, 6001, "The offer does not support the billing cycle."};
inline constexpr Problem bad_transition{400, 800040, "The status change is not allowed."};
inline constexpr Problem subscription_not_ready{
    409, 800082, "Subscription is not ready to be updated. Try again after sometime"};
inline constexpr Problem other_order{400, 800085, "The billing cycle differs from the order."};
inline constexpr Problem no_decrease{400, 800090, "Subscription quantity cannot be decreased"};
inline constexpr Problem not_renewable{400, 800093, "The subscription cannot be renewed."};
inline constexpr Problem fixed_quantity{400, 800095, "The quantity cannot be changed."};
inline constexpr Problem fixed_status{400, 800096, "The status cannot be changed."};
inline constexpr Problem fixed_billing_cycle{400, 800097, "The billing cycle cannot be changed."};
inline constexpr Problem no_scheduled_changes{
    400, 800042, "Scheduled changes are not supported for this subscription."};
inline constexpr Problem cancelled_too_late{
    400, 900117, "The time in which the subscription could be cancelled is over."};

} // namespace problems

/// The whole answer.
Reply refuse(const Problem& problem);
/// The same in other words, and with more to say.
Reply refuse(
    const Problem& problem, std::string_view description, const std::vector<std::string>& data
);

/// The documented answer of a status, for faults: JSON in the shape that its sender uses.
Reply refuse_with_status(int status, int retry_after_seconds);

/// A gateway's HTML page.
Reply html_page(int status);

} // namespace pcmirror::simulator
