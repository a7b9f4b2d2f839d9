#include "daemon/batch_add.hpp"

#include "daemon/batch_verdict_text.hpp"
#include "daemon/changing_line.hpp"
#include "daemon/job_ends.hpp"
#include "daemon/json.hpp"
#include "daemon/output.hpp"
#include "daemon/write_back.hpp"
#include "schema/counted.hpp"
#include "sync/gateway/budget.hpp"
#include "sync/write/batch_review.hpp"
#include "sync/write/queue.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <map>
#include <thread>

namespace pcmirror {
namespace {

// So many lines are in memory at once, and in one statement.
constexpr std::size_t lines_at_once = 2000;

/// Opens the file, each time at its beginning.
class BatchInput {
  public:
    BatchInput(std::string path, BatchCommon common)
        : path_(std::move(path)), common_(std::move(common)) {}

    [[nodiscard]] std::string name() const { return path_ == "-" ? "stdin" : path_; }

    BatchSource open() {
        if (path_ == "-" && file_)
            throw Error(
                Recovery::retry_later,
                "another transaction was in the way, and stdin can't be read again; nothing was "
                "queued",
                "run it again"
            );
        if (path_ == "-")
            file_.emplace(std::cin, name(), common_);
        else
            open_file();
        return [this] { return file_->next(lines_at_once); };
    }

  private:
    void open_file() {
        stream_ = std::ifstream(path_, std::ios::binary);
        std::error_code error;
        if (!stream_ || std::filesystem::is_directory(path_, error))
            throw Error(
                Recovery::fix_config,
                path_ + " can't be read: " +
                    (stream_ ? std::make_error_code(std::errc::is_a_directory)
                             : std::error_code(errno, std::generic_category()))
                        .message()
            );
        file_.emplace(stream_, name(), common_);
    }

    std::string path_;
    BatchCommon common_;
    std::ifstream stream_;
    std::optional<BatchFile> file_;
};

[[noreturn]] void refuse(const BatchOutcome& outcome, const std::string& name) {
    std::string text;
    for (const RefusedLine& line : outcome.reasons)
        text += fmt::format("{}:{}: {}\n", name, line.line, line.why);
    if (outcome.refused > outcome.reasons.size())
        text += fmt::format("and {} more\n", outcome.refused - outcome.reasons.size());
    text += fmt::format(
        "{} of {} can't be queued; nothing was queued",
        outcome.refused,
        counted(outcome.lines, "job")
    );
    throw Error(Recovery::fix_config, text, "mend these lines and queue the whole file again");
}

std::uint64_t count_new(const BatchOutcome& outcome) {
    return static_cast<std::uint64_t>(std::ranges::count(outcome.jobs, true, &BatchedJob::is_new));
}

std::string outcome_text(const BatchOutcome& outcome) {
    const std::uint64_t added = count_new(outcome);
    std::string text = counted(added, "job") + " queued";
    if (added > 0) {
        const auto first = std::ranges::find(outcome.jobs, true, &BatchedJob::is_new)->job_id;
        const auto last =
            std::ranges::find(outcome.jobs.rbegin(), outcome.jobs.rend(), true, &BatchedJob::is_new)
                ->job_id;
        text +=
            first == last ? fmt::format(" ({})", first) : fmt::format(" ({} to {})", first, last);
    }
    if (const std::uint64_t earlier = outcome.jobs.size() - added; earlier > 0)
        text += fmt::format(", {} {} there already", earlier, earlier == 1 ? "was" : "were");
    return text + '\n';
}

using States = std::map<std::string, std::uint64_t>;
using Fates = std::map<std::int64_t, JobFate>;

void write_fate(JsonWriter& json, const JobFate& fate) {
    json.key("state").text(fate.state).key("last_error");
    fate.last_error.empty() ? json.null() : json.text(fate.last_error);
    json.key("secret_waits").boolean(fate.secret_waits);
}

/// `fates`: null where they were not waited for.
std::string outcome_json(const BatchOutcome& outcome, const Fates* fates) {
    JsonWriter json;
    const std::uint64_t added = count_new(outcome);
    json.begin_object().key("queued").number(added);
    json.key("already_there").number(outcome.jobs.size() - added);
    if (fates != nullptr)
        for (const char* state : {"succeeded", "failed", "cancelled"})
            json.key(state).number(std::ranges::count_if(*fates, [state](const auto& one) {
                return one.second.state == state;
            }));
    json.key("jobs").begin_array();
    for (const BatchedJob& job : outcome.jobs) {
        json.begin_object().key("line").number(job.line);
        json.key("job_id").number(job.job_id);
        json.key("new").boolean(job.is_new);
        if (fates != nullptr && fates->contains(job.job_id))
            write_fate(json, fates->at(job.job_id));
        json.end_object();
    }
    json.end_array().end_object();
    return json.document();
}

std::string states_text(const States& states) {
    std::string text;
    for (const char* state : {"queued", "running", "succeeded", "failed", "cancelled"})
        if (const auto found = states.find(state); found != states.end())
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", found->second, state);
    return text;
}

/// In which states they ended, when all have.
States await_ends(Queue& queue, const std::vector<std::int64_t>& ids) {
    using namespace std::chrono_literals;
    ChangingLine line;
    for (auto pause = 50ms;; pause = std::min<std::chrono::milliseconds>(2 * pause, 2s)) {
        States states = queue.states_of(ids);
        if (!states.contains("queued") && !states.contains("running"))
            return states;
        line.show(states_text(states));
        std::this_thread::sleep_for(pause);
    }
}

ExitCode wait_for_all(
    DatabasePool& pool, const BatchOutcome& outcome, const std::string& file, bool as_json
) {
    Queue queue(pool);
    std::vector<std::int64_t> ids;
    std::vector<AwaitedJob> jobs;
    for (const BatchedJob& job : outcome.jobs) {
        ids.push_back(job.job_id);
        jobs.push_back({fmt::format("{}:{}", file, job.line), job.job_id});
    }
    const States states = await_ends(queue, ids);
    const Fates fates = queue.fates_of(ids);
    print(as_json ? outcome_json(outcome, &fates) : states_text(states) + '\n');
    tell(ends_text(jobs, fates));
    return states.contains("failed") || states.contains("cancelled") ? ExitCode::partial
                                                                     : ExitCode::success;
}

} // namespace

ExitCode add_batch(const Invocation& invocation, DatabasePool& pool, const BatchCommon& common) {
    BatchInput input(*invocation.arguments.value("--batch"), common);
    const BatchOutcome outcome = queue_batch(pool, [&] { return input.open(); });
    if (outcome.refused > 0)
        refuse(outcome, input.name());
    const bool waits = invocation.arguments.has("--wait");
    if (!invocation.json)
        print(outcome_text(outcome));
    else if (waits)
        // The one document follows at the end.
        tell(outcome_text(outcome));
    else
        print(outcome_json(outcome, nullptr));
    return waits ? wait_for_all(pool, outcome, input.name(), invocation.json) : ExitCode::success;
}

ExitCode judge_batch(
    const Invocation& invocation,
    const Settings& settings,
    DatabasePool& pool,
    const BatchCommon& common
) {
    BatchInput input(*invocation.arguments.value("--batch"), common);
    const BatchVerdict verdict =
        review_batch(pool, operation_catalogue(), [&] { return input.open(); });
    const int per_minute = settings.partner_center.requests_per_minute;
    const double budget = per_minute > 0 ? Bucket::for_budget(per_minute).refill_per_second : 0;
    print(
        invocation.json ? verdict_json(verdict, budget)
                        : verdict_text(verdict, input.name(), budget)
    );
    if (verdict.count(FindingKind::refused) > 0)
        return ExitCode::usage;
    const bool troubled = std::ranges::any_of(verdict.findings, [](const Finding& finding) {
        return is_trouble(finding.kind);
    });
    return troubled ? ExitCode::partial : ExitCode::success;
}

} // namespace pcmirror
