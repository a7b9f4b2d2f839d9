#include "sync/write/batch_judge.hpp"

#include "sync/write/line_judge.hpp"
#include "sync/write/write_request.hpp"

#include <fmt/format.h>

namespace pcmirror {

void BatchJudge::judge(const std::vector<BatchJob>& jobs, const BatchFacts& facts) {
    for (const PendingJob& job : facts.pending)
        memory_.take_in(job);
    for (const BatchJob& job : jobs) {
        ++verdict_.lines;
        if (job.problem.empty())
            judge(job, facts);
        else
            find(job, FindingKind::refused, job.problem);
    }
}

void BatchJudge::judge(const BatchJob& job, const BatchFacts& facts) {
    const Operation* operation = operations_.find(job.job.operation);
    if (operation == nullptr) {
        find(job, FindingKind::refused, "unknown operation \"" + job.job.operation + "\"");
        return;
    }
    const Document payload = Document::parse(job.job.payload);
    if (is_there_already(job, *operation, payload, facts))
        return;
    count(job, *operation, payload);
    LineJudge(job, *operation, payload, facts, memory_, verdict_).run();
}

bool BatchJudge::is_there_already(
    const BatchJob& job,
    const Operation& operation,
    const Document& payload,
    const BatchFacts& facts
) {
    const std::string& key = job.job.idempotency_key;
    if (key.empty())
        return false;
    if (const auto queued = facts.keys.find(key); queued != facts.keys.end()) {
        const Document masked = without_secret_fields(operation, payload);
        const KeyedJob& earlier = queued->second;
        if (earlier.operation == job.job.operation && earlier.customer_id == job.job.customer_id &&
            earlier.payload.same_as(masked))
            find(job, FindingKind::already_there, fmt::format("it is job {}", earlier.job_id));
        else
            find(
                job,
                FindingKind::refused,
                fmt::format("its key belongs to job {}, which is another one", earlier.job_id)
            );
        return true;
    }
    const auto owner = memory_.claim_key(
        key,
        fmt::format("{}\n{}\n{}", job.job.operation, job.job.customer_id, job.job.payload),
        job.line
    );
    if (!owner)
        return false;
    if (owner->same)
        find(job, FindingKind::already_there, fmt::format("line {} is the same job", owner->line));
    else
        find(
            job,
            FindingKind::refused,
            fmt::format("its key is that of line {}, which is another job", owner->line)
        );
    return true;
}

void BatchJudge::count(const BatchJob& job, const Operation& operation, const Document& payload) {
    const std::string& customer = job.job.customer_id;
    ++verdict_.to_queue;
    verdict_.needs += needs_of(operation, payload);
    for (const Refresh& refresh : operation.refreshes)
        if (refresh.how == Refresh::How::due && due_.emplace(customer, refresh.resource).second)
            ++verdict_.listings;
    const std::uint64_t jobs = ++jobs_of_[customer];
    if (jobs > verdict_.busiest_jobs) {
        verdict_.busiest_jobs = jobs;
        verdict_.busiest_customer = customer;
    }
}

void BatchJudge::find(const BatchJob& job, FindingKind kind, std::string text) {
    verdict_.findings.push_back({job.line, kind, std::move(text)});
}

} // namespace pcmirror
