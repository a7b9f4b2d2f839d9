#pragma once

#include "daemon/login/login_options.hpp"
#include "daemon/login/redemption.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror {

/// What the sign-in service hands to a device without browser.
struct DeviceCode {
    Secret code;
    std::string user_code;        ///< to be typed in
    std::string verification_url; ///< there
    std::chrono::seconds expires_in{900};
    std::chrono::seconds interval{5};
};

/// Reads the answer of either version of the endpoint; nothing where it is none. Pure.
std::optional<DeviceCode> read_device_code(std::string_view body);

/// Signs in by device code (platform page, 1.4): `show` tells the person where to go. Throws
/// `Error`: fix_api where the service refuses, retry_later where nobody came in time.
asio::awaitable<UserTokens> sign_in_by_device_code(
    const PartnerCenterSettings& settings,
    HttpTransport& http,
    Clock& clock,
    Milliseconds time_limit,
    std::function<void(const DeviceCode&)> show
);

} // namespace pcmirror
