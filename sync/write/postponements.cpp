#include "sync/write/postponements.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <random>
#include <utility>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

double random() {
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(generator);
}

} // namespace

std::string words_of(const Answer& answer) {
    const std::string_view hint = advice(answer.status, answer.error);
    return answer.describe() + (hint.empty() ? "" : "; " + std::string(hint));
}

Postponed not_sent(const Job& job, bool in_doubt, std::string why) {
    Postponed later;
    later.pause = pause_before_retry(Outcome::same_again, job.delays + 1, random());
    later.error = std::move(why);
    later.outcome = outcome_not_sent;
    later.same_request = in_doubt;
    later.in_doubt = in_doubt;
    later.counts = false;
    return later;
}

Postponed unanswered(const Job& job, const Written& written) {
    // Withdrawn: nothing is written where the job was cancelled instead, or is somebody else's.
    const bool withdrawn = written.end == Written::End::withdrawn;
    Postponed later = not_sent(
        job,
        job.silent_for.has_value(),
        withdrawn ? "the database session was silent for too long to send it" : written.trouble
    );
    if (written.end == Written::End::unanswered) {
        later.outcome = "unanswered";
        later.same_request = true;
        later.in_doubt = true;
        later.lost = true;
    }
    return later;
}

Postponed failed_for_now(const Job& job, const Written& written, Outcome outcome) {
    // Gateways in front of the API answer other 5xx; that is no fault of the job.
    constexpr int its_own = 500;
    const bool failed = outcome == Outcome::same_again && written.answer.status == its_own;
    Postponed later;
    later.http_status = written.answer.status;
    later.error = words_of(written.answer);
    later.outcome = "later";
    later.same_request = outcome == Outcome::same_again || outcome == Outcome::throttled;
    later.lost = outcome == Outcome::same_again;
    later.in_doubt = later.lost || job.silent_for.has_value();
    later.outdated = outcome == Outcome::fetch_again;
    later.counts = later.outdated || failed;
    later.pause = pause_before_retry(outcome, job.delays + 1, random());
    if (written.retry_after)
        later.pause = std::max<std::chrono::milliseconds>(later.pause, *written.retry_after);
    return later;
}

Postponed settling(const Job& job, std::chrono::duration<double> settle) {
    Postponed later;
    later.pause =
        std::chrono::ceil<std::chrono::milliseconds>(std::clamp<std::chrono::duration<double>>(
            settle - job.silent_for.value_or(std::chrono::duration<double>(0)), 100ms, 30s
        ));
    later.error = fmt::format(
        "its request got no answer, and no effect is to be seen yet; it is sent again once that "
        "has been so for {} s",
        std::chrono::ceil<std::chrono::seconds>(settle).count()
    );
    later.outcome = "unanswered";
    later.same_request = true;
    later.in_doubt = true;
    later.counts = false;
    later.grows = false;
    return later;
}

Postponed interrupted(const Job& job) {
    Postponed later;
    later.error = "pcmirror was stopped before it was sent again";
    later.outcome = "later";
    later.same_request = job.silent_for.has_value();
    later.in_doubt = later.same_request;
    later.counts = false;
    later.grows = false;
    return later;
}

} // namespace pcmirror
