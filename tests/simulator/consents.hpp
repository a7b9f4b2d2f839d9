#pragma once

#include "tests/simulator/wire.hpp"

#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pcmirror::simulator {

struct Registration;

/// What happens where a person signs in: codes that are handed to a redirect URI, and codes of
/// devices. The person consents at once, or does what `set` was told. Not thread-safe.
class Consents {
  public:
    /// `GET /{tenant}/oauth2/authorize`: the way back to the redirect URI, or a page that says why
    /// there is none.
    Reply authorize(const Request& request, const Registration& registration);

    /// `POST /{tenant}/oauth2/devicecode`.
    Reply start_device(const Request& request, const Registration& registration, bool v2);

    /// The refusal of a token request with an authorization code, if it is refused. A code is good
    /// once, for its redirect URI and whoever knows the PKCE verifier.
    std::optional<Reply> redeem(const Request& request);

    /// The refusal of a token request with a device code, if it is refused.
    std::optional<Reply> poll(std::string_view code);

    /// A code that nobody had to ask for; good for any redirect URI.
    std::string issue_code();

    /// A member of `POST /tokens`; false: it is none of these.
    bool set(std::string_view name, const nlohmann::json& value);

  private:
    struct Code {
        std::string redirect_uri; ///< empty: any
        std::string challenge;    ///< of PKCE; empty: none
        bool redeemed = false;
    };

    [[nodiscard]] bool is_registered(std::string_view redirect_uri) const;
    Reply hand_back(const Request& request, const std::string& redirect_uri);

    std::unordered_map<std::string, Code> codes_;
    std::uint64_t codes_issued_ = 0;
    std::vector<std::string> redirect_uris_ = {"http://localhost"};
    int refusal_ = 0;        ///< AADSTS number that the person comes back with; 0: a code
    bool form_post_ = false; ///< whatever was asked for
    bool devices_approved_ = false;
    std::deque<std::string> device_polls_; ///< what the next polls are answered
    int device_interval_ = 1;
    int device_lifetime_ = 900;
    bool new_uri_name_ = false; ///< `verification_uri` also on version 1
};

} // namespace pcmirror::simulator
