#pragma once

#include "config/settings.hpp"
#include "sync/http/token_request.hpp"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>

namespace pcmirror {

namespace asio = boost::asio;

/// How somebody wants to sign in.
struct LoginOptions {
    std::uint16_t port = 0;   ///< of the listener that the browser comes back to; 0: any
    std::string redirect_uri; ///< where the browser finds the listener; empty: on this machine
    Milliseconds time_limit = std::chrono::minutes(15);
};

/// What a sign-in yields.
struct UserTokens {
    TokenAnswer answer;        ///< with a refresh token
    bool confidential = false; ///< the client proved itself, by secret or certificate
};

/// Stores the tokens. Throws what can't be done about it.
using KeepTokens = std::function<asio::awaitable<void>(const UserTokens&)>;

} // namespace pcmirror
