#include "daemon/queue_text.hpp"

#include "daemon/table.hpp"
#include "daemon/time_text.hpp"

#include <fmt/format.h>
#include <initializer_list>
#include <utility>

namespace pcmirror {
namespace {

/// `2 due, 1 held`: what is not zero.
std::string
listed(std::initializer_list<std::pair<std::uint64_t, const char*>> counts, const char* none) {
    std::string text;
    for (const auto& [count, word] : counts)
        if (count > 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, word);
    return text.empty() ? none : text;
}

std::string secrets_text(std::uint64_t waiting) {
    if (waiting == 0)
        return {};
    return fmt::format(
        "secrets: {} to be handed out, a day at most; pcmirror job secret ID, of the jobs with "
        "secret_waits in pcmirror.write_jobs\n",
        waiting == 1 ? "1 waits" : fmt::format("{} wait", waiting)
    );
}

/// Why jobs wait.
std::string reasons_text(const QueueReport& queue) {
    std::string text;
    if (queue.put_off)
        text += fmt::format(
            "put off: job {0}: {1}; pcmirror job show {0} tells more\n",
            queue.put_off->job_id,
            one_line(queue.put_off->why)
        );
    for (const JobPause& pause : queue.pauses)
        text += fmt::format(
            "paused: {} since {} by {}; pcmirror job resume{} lets them go on\n",
            pause.customer_id.empty() ? "all jobs" : "jobs of customer " + pause.customer_id,
            pause.since,
            pause.by,
            pause.customer_id.empty() ? "" : " --customer " + pause.customer_id
        );
    if (queue.held > 0)
        text += "held: since the database was restored; pcmirror job release lets them go on\n";
    return text;
}

} // namespace

std::string queue_text(const QueueReport& queue) {
    std::string text = fmt::format("queue: {} queued", queue.queued());
    if (queue.queued() > 0)
        text += fmt::format(
            " ({})",
            listed(
                {{queue.due, "due"},
                 {queue.later, "later"},
                 {queue.retrying, "to be tried again"},
                 {queue.held, "held"}},
                ""
            )
        );
    text += fmt::format(", {} running", queue.running);
    if (queue.oldest_waiting_seconds)
        text += fmt::format(
            "; the oldest waits for {}", coarse_duration(*queue.oldest_waiting_seconds)
        );
    text += fmt::format(
        "; within a day {}\n",
        listed(
            {{queue.succeeded, "succeeded"},
             {queue.unconfirmed, "of them unconfirmed"},
             {queue.failed, "failed"},
             {queue.cancelled, "cancelled"}},
            "none ended"
        )
    );
    return text + reasons_text(queue) + secrets_text(queue.secrets_waiting);
}

void write_queue(JsonWriter& json, const QueueReport& queue) {
    json.begin_object().key("queued").number(queue.queued());
    json.key("due").number(queue.due).key("later").number(queue.later);
    json.key("retrying").number(queue.retrying).key("held").number(queue.held);
    json.key("running").number(queue.running);
    json.key("oldest_waiting_seconds");
    queue.oldest_waiting_seconds ? json.decimal(*queue.oldest_waiting_seconds) : json.null();
    json.key("within_a_day").begin_object();
    json.key("succeeded").number(queue.succeeded).key("unconfirmed").number(queue.unconfirmed);
    json.key("failed").number(queue.failed).key("cancelled").number(queue.cancelled);
    json.key("secrets_waiting").number(queue.secrets_waiting).end_object();
    json.key("put_off");
    if (queue.put_off) {
        json.begin_object().key("job_id").number(queue.put_off->job_id);
        json.key("last_error").text(queue.put_off->why).end_object();
    } else {
        json.null();
    }
    json.key("pauses").begin_array();
    for (const JobPause& pause : queue.pauses) {
        json.begin_object().key("customer_id");
        pause.customer_id.empty() ? json.null() : json.text(pause.customer_id);
        json.key("since").text(pause.since).key("by").text(pause.by).end_object();
    }
    json.end_array().end_object();
}

std::string work_words(const WorkFigures& figures) {
    std::string text = fmt::format(
        "jobs  {} done  {} failed  {} waiting", figures.done, figures.failed, figures.waiting
    );
    if (figures.per_second <= 0)
        return text;
    text += fmt::format("  {:.1f}/s", figures.per_second);
    if (figures.waiting > 0)
        text += fmt::format(
            "  {} to go", coarse_duration(static_cast<double>(figures.waiting) / figures.per_second)
        );
    return text;
}

} // namespace pcmirror
