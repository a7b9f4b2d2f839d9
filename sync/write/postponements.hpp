#pragma once

#include "sync/gateway/partner_center.hpp"
#include "sync/write/job.hpp"
#include "sync/write/outcome.hpp"

#include <string>

namespace pcmirror {

/// What an answer that is no success says, with what to do about it.
std::string words_of(const Answer& answer);

/// The request did not leave, for a reason that passes; `in_doubt`: an earlier one may have taken
/// effect.
Postponed not_sent(const Job& job, bool in_doubt, std::string why);

/// The request may have left, and got no answer.
Postponed unanswered(const Job& job, const Written& written);

/// The answer says that the request may succeed at another time.
Postponed failed_for_now(const Job& job, const Written& written, Outcome outcome);

/// No effect is to be seen of a request that got no answer; only after `settle` does that mean
/// that it had none.
Postponed settling(const Job& job, std::chrono::duration<double> settle);

/// The program ends before the next request of an attempt.
Postponed interrupted(const Job& job);

} // namespace pcmirror
