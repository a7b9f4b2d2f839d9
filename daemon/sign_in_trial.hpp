#pragma once

#include "daemon/program.hpp"

#include <string>

namespace pcmirror {

/// How a refresh token fares.
struct SignInTrial {
    bool works = false;
    std::string found; ///< `https://... answers`, or what is wrong
    std::string hint;  ///< what to do; may be empty
};

/// Uses the refresh token as the daemon will: renews it once, makes one call as the user, and looks
/// whether the sign-in had MFA. Throws only when it is cancelled.
asio::awaitable<SignInTrial> try_sign_in(Program& program);

} // namespace pcmirror
