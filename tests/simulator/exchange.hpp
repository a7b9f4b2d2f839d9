#pragma once

#include "tests/simulator/draw.hpp"
#include "tests/simulator/service.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// What of a request the body of its answer follows from.
inline std::string question_of(const Request& request) {
    std::string question = request.target;
    question += '\n';
    question += request.header("MS-ContinuationToken");
    return question;
}

/// A request with what has been found out about it.
struct Service::Exchange {
    const Request& request;
    bool sign_in;
    LogEntry log;
    Route route = {};
    std::string_view operation = {};
    std::string customer = {};
    SwitchValues switches = {};
    Effect effect = {};
    std::optional<AccessToken> token = {};
    bool packed = false; ///< the answer's body is as it goes out

    /// Whether an equal question gets an equal answer for as long as nobody changes anything.
    [[nodiscard]] bool lasts() const {
        return request.method == "GET" && effect.name.empty() &&
               switches[Switch::spelling_seed] != 0 && switches[Switch::lag] == 0 &&
               switches[Switch::item_lag] == 0 && switches[Switch::counter_lag] == 0;
    }

    /// What the spelling of the answer is drawn from.
    [[nodiscard]] std::uint64_t turn() const {
        const auto seed = static_cast<std::uint64_t>(switches[Switch::spelling_seed]);
        return seed == 0 ? log.number : mix(seed, question_of(request));
    }
};

} // namespace pcmirror::simulator
