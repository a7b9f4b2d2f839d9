#pragma once

#include "tests/simulator/wire.hpp"

#include <string>
#include <string_view>

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
inline constexpr Problem unknown_path{404, 0, "The resource is not found."};

} // namespace problems

/// The whole answer.
Reply refuse(const Problem& problem);

/// The documented answer of a status, for faults: JSON in the shape that its sender uses.
Reply refuse_with_status(int status, int retry_after_seconds);

/// A gateway's HTML page.
Reply html_page(int status);

} // namespace pcmirror::simulator
