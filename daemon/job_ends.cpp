#include "daemon/job_ends.hpp"

#include "daemon/table.hpp"

#include <fmt/format.h>

namespace pcmirror {
namespace {

// pcmirror job list has more.
constexpr std::size_t told_at_most = 40;

/// Empty: it succeeded, and nothing is left to be done about it.
std::string end_text(std::int64_t job_id, const JobFate& fate) {
    if (fate.state != "succeeded")
        return fmt::format("job {} {}: {}", job_id, fate.state, one_line(fate.last_error));
    return fate.secret_waits ? fmt::format("job {}: {}", job_id, secret_text(job_id))
                             : std::string();
}

} // namespace

std::string
ends_text(const std::vector<AwaitedJob>& jobs, const std::map<std::int64_t, JobFate>& fates) {
    std::string text;
    std::size_t told = 0;
    for (const AwaitedJob& job : jobs) {
        const auto fate = fates.find(job.job_id);
        const std::string end =
            fate == fates.end() ? std::string() : end_text(job.job_id, fate->second);
        if (!end.empty() && ++told <= told_at_most)
            text += (job.place.empty() ? "" : job.place + ": ") + end + '\n';
    }
    if (told > told_at_most)
        text += fmt::format("and {} more; pcmirror job list --state failed\n", told - told_at_most);
    return text;
}

std::string secret_text(std::int64_t job_id) {
    return fmt::format(
        "a secret of its answer waits: pcmirror job secret {} prints it, once, within a day", job_id
    );
}

} // namespace pcmirror
