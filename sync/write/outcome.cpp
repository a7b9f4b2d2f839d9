#include "sync/write/outcome.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

struct KnownCode {
    int code;
    Outcome outcome;
    std::string_view advice = {};
};

// Codes whose meaning their status does not tell (platform page, section 4.3), by number.
constexpr std::array known_codes = {
    KnownCode{2055, Outcome::fetch_again},
    KnownCode{60002, Outcome::gone, "the customer has no such user"},
    KnownCode{
        60012, Outcome::failed, "no seat is free: buy seats, or take the license from somebody"},
    KnownCode{600041, Outcome::exists},
    KnownCode{600061, Outcome::exists, "this contact has confirmed the agreement already"},
    KnownCode{
        20002, Outcome::refused, "the partner has no relationship with this customer any more"},
    KnownCode{800014, Outcome::later},
    KnownCode{800031, Outcome::failed},
    KnownCode{800036, Outcome::fetch_again},
    KnownCode{800041, Outcome::exists},
    KnownCode{800060, Outcome::later},
    KnownCode{800064, Outcome::later},
    KnownCode{800072, Outcome::later},
    KnownCode{800082, Outcome::later},
    KnownCode{800083, Outcome::failed},
    KnownCode{800084, Outcome::failed},
    KnownCode{800087, Outcome::failed},
    KnownCode{900101, Outcome::later},
    KnownCode{900104, Outcome::later},
    KnownCode{900109, Outcome::later},
    KnownCode{900112, Outcome::later},
    KnownCode{900113, Outcome::later},
    KnownCode{900114, Outcome::failed},
    KnownCode{900130, Outcome::later},
    KnownCode{900192, Outcome::same_again},
    KnownCode{900216, Outcome::later},
    KnownCode{900225, Outcome::same_again},
    KnownCode{
        900226,
        Outcome::failed,
        "the subscription has to be active for a month; queue it again then"},
    KnownCode{900261, Outcome::later},
    KnownCode{900278, Outcome::later},
    KnownCode{900280, Outcome::later},
    KnownCode{
        900308,
        Outcome::refused,
        "the user who signed in lacks a role: give it AdminAgents, or for the customer a "
        "granular one"},
    KnownCode{900309, Outcome::refused, "Conditional Access keeps the signed-in user out"},
    KnownCode{900329, Outcome::refused, "the call wants a user's sign-in: auth app_user or auto"},
};

const KnownCode* known(int code) {
    const auto* const found = std::ranges::find(known_codes, code, &KnownCode::code);
    return found == known_codes.end() ? nullptr : found;
}

Outcome by_status(int status) {
    switch (status) {
    case 401:
    case 403:
        return Outcome::refused;
    case 404:
    case 410:
        return Outcome::gone;
    case 408:
        return Outcome::same_again;
    case 409:
        return Outcome::exists;
    case 412:
    case 417:
        return Outcome::fetch_again;
    case 423:
    case 425:
    case 509:
        return Outcome::later;
    case 429:
        return Outcome::throttled;
    case 501:
    case 505:
        return Outcome::failed;
    default:
        break;
    }
    if (status >= 200 && status <= 299)
        return Outcome::done;
    return status >= 500 ? Outcome::same_again : Outcome::failed;
}

} // namespace

Outcome judge_write(int status, const ApiError& error) {
    const bool success = status >= 200 && status <= 299;
    const KnownCode* code = success ? nullptr : known(error.code);
    return code != nullptr ? code->outcome : by_status(status);
}

std::chrono::milliseconds pause_before_retry(Outcome outcome, int failures, double random) {
    const bool busy = outcome == Outcome::later;
    const std::chrono::duration<double, std::milli> shortest = busy ? 30s : 1s;
    const std::chrono::duration<double, std::milli> longest = busy ? 60min : 10min;
    const auto whole = std::min(shortest * std::exp2(std::clamp(failures - 1, 0, 20)), longest);
    // At least half of it: what is asked again at once is asked in vain.
    return std::chrono::round<std::chrono::milliseconds>(whole * (0.5 + random / 2));
}

std::string_view advice(int status, const ApiError& error) {
    if (status >= 200 && status <= 299)
        return {};
    const KnownCode* code = known(error.code);
    if (code != nullptr)
        return code->advice;
    // Where it takes the token for nothing at all there is no answer.
    return status == 401
               ? "the API takes the sign-in for other calls; it may want a user's for this "
                 "one (partner_center.auth app_user or auto), or the user may lack a role"
               : std::string_view();
}

} // namespace pcmirror
