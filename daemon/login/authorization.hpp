#pragma once

#include "config/settings.hpp"
#include "daemon/web/message.hpp"
#include "sync/http/token_request.hpp"

#include <optional>
#include <string>
#include <variant>

namespace pcmirror {

/// One sign-in by authorization code (platform page, 1.4), before the browser has come back.
struct Authorization {
    std::string redirect_uri;
    std::string state;    ///< comes back unchanged; else the answer belongs to somebody else
    std::string verifier; ///< of PKCE

    /// With a state and a verifier of its own.
    static Authorization to(std::string redirect_uri);

    /// What the browser opens. Its only secrets are good for nothing without the verifier.
    [[nodiscard]] std::string url(const PartnerCenterSettings& settings) const;

    /// The grant that redeems a code.
    [[nodiscard]] Form grant(const Secret& code) const;
};

/// What a browser brought back.
struct NothingBack {}; ///< no answer of the sign-in service at all

struct ForeignBack {}; ///< of another sign-in: its state is missing or wrong

using Back = std::variant<NothingBack, ForeignBack, Secret, SignInRefusal>;

/// Reads the fields of a query or a form: the code, or why there is none.
Back read_back(const WebFields& fields, const std::string& state);

/// The name that an id token gives to who signed in, in one line; empty where it gives none. For
/// display: it is not verified, and came from the sign-in service itself.
std::string user_in(const Secret& id_token);

} // namespace pcmirror
