#pragma once

#include "config/settings.hpp"

#include <string>

namespace pcmirror {

/// What the token endpoint answered instead of a token.
struct SignInRefusal {
    int status = 0;
    std::string
        error;      ///< the OAuth word, `invalid_grant`; empty when the answer was no such answer
    int number = 0; ///< the AADSTS number; 0 when there is none
    std::string description; ///< one line, no secrets
    std::string trace_id;    ///< for Microsoft's support
};

enum class SignInCure {
    person,    ///< somebody consents again or changes the configuration; asking again is no use
    other_way, ///< the same with the client's secret where it was left out, or without it
    wait,      ///< passes by itself
};

struct SignInProblem {
    SignInCure cure = SignInCure::wait;
    std::string message; ///< as `Error` wants it
    std::string hint;
};

/// Decides by `error` alone, as Microsoft asks; the number only chooses better words, except for
/// the two that mean "slow down" whatever the word, and the two that mean "the other way".
/// (Platform page, section 1.5.) Pure.
SignInProblem explain(const SignInRefusal& refusal, const PartnerCenterSettings& settings);

/// `(AADSTS700082, invalid_grant, trace 1234)`, with a blank in front: what a search and
/// Microsoft's support ask for.
std::string origin_of(const SignInRefusal& refusal);

/// What to do where consent is missing.
std::string consent_hint(const PartnerCenterSettings& settings);

} // namespace pcmirror
