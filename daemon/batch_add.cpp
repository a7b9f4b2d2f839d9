#include "daemon/batch_add.hpp"

#include "daemon/batch_verdict_text.hpp"
#include "daemon/changing_line.hpp"
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

std::string outcome_json(const BatchOutcome& outcome) {
    JsonWriter json;
    const std::uint64_t added = count_new(outcome);
    json.begin_object().key("queued").number(added);
    json.key("already_there").number(outcome.jobs.size() - added);
    json.key("jobs").begin_array();
    for (const BatchedJob& job : outcome.jobs) {
        json.begin_object().key("line").number(job.line);
        json.key("job_id").number(job.job_id);
        json.key("new").boolean(job.is_new).end_object();
    }
    json.end_array().end_object();
    return json.document();
}

std::string states_text(const std::map<std::string, std::uint64_t>& states) {
    std::string text;
    for (const char* state : {"queued", "running", "succeeded", "failed", "cancelled"})
        if (const auto found = states.find(state); found != states.end())
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", found->second, state);
    return text;
}

std::vector<std::int64_t> ids_of(const BatchOutcome& outcome) {
    std::vector<std::int64_t> ids;
    for (const BatchedJob& job : outcome.jobs)
        ids.push_back(job.job_id);
    return ids;
}

/// How the jobs ended, when all have.
std::map<std::string, std::uint64_t> await_ends(Queue& queue, const BatchOutcome& outcome) {
    using namespace std::chrono_literals;
    const std::vector<std::int64_t> ids = ids_of(outcome);
    ChangingLine line;
    for (auto pause = 50ms;; pause = std::min<std::chrono::milliseconds>(2 * pause, 2s)) {
        auto states = queue.states_of(ids);
        if (!states.contains("queued") && !states.contains("running"))
            return states;
        line.show(states_text(states));
        std::this_thread::sleep_for(pause);
    }
}

ExitCode wait_for_all(DatabasePool& pool, const BatchOutcome& outcome, bool json) {
    Queue queue(pool);
    const auto states = await_ends(queue, outcome);
    // One document is promised.
    json ? tell(states_text(states) + '\n') : static_cast<void>(print(states_text(states) + '\n'));
    bool all_succeeded = true;
    for (const char* state : {"failed", "cancelled"}) {
        const std::vector<std::int64_t> jobs = queue.those_in(state, ids_of(outcome));
        tell(named_jobs_text(jobs, state));
        all_succeeded = all_succeeded && jobs.empty();
    }
    return all_succeeded ? ExitCode::success : ExitCode::partial;
}

} // namespace

ExitCode add_batch(const Invocation& invocation, DatabasePool& pool, const BatchCommon& common) {
    BatchInput input(*invocation.arguments.value("--batch"), common);
    const BatchOutcome outcome = queue_batch(pool, [&] { return input.open(); });
    if (outcome.refused > 0)
        refuse(outcome, input.name());
    print(invocation.json ? outcome_json(outcome) : outcome_text(outcome));
    return invocation.arguments.has("--wait") ? wait_for_all(pool, outcome, invocation.json)
                                              : ExitCode::success;
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
