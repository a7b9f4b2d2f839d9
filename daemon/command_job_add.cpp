#include "config/read.hpp"
#include "daemon/commands.hpp"
#include "daemon/job_payload.hpp"
#include "daemon/json.hpp"
#include "daemon/output.hpp"
#include "daemon/prepare.hpp"
#include "daemon/selection.hpp"
#include "daemon/write_back.hpp"
#include "sync/write/write_request.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <iostream>
#include <iterator>
#include <thread>

namespace pcmirror {
namespace {

const Operation& operation_named(const Invocation& invocation) {
    const std::string name = invocation.arguments.value("OPERATION").value_or("");
    if (const Operation* found = operation_catalogue().find(name))
        return *found;
    std::vector<std::string> names;
    for (const Operation* one : operation_catalogue())
        names.emplace_back(one->name);
    const std::string near = nearest(name, names);
    throw usage_error(
        *invocation.command,
        "unknown operation \"" + name + "\"",
        near.empty() ? "see: pcmirror operations" : "did you mean " + near
    );
}

std::string begun_payload(const Invocation& invocation) {
    const std::string given = invocation.arguments.value("--payload").value_or("{}");
    if (given != "-")
        return given;
    return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

int priority_of(const Invocation& invocation) {
    const std::string text = invocation.arguments.value("--priority").value_or("0");
    int number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc() || stop != end)
        throw usage_error(*invocation.command, "--priority: \"" + text + "\" is no whole number");
    return number;
}

/// The request as it would be sent, secrets masked.
std::string request_text(const Settings& settings, const Operation& operation, const NewJob& job) {
    FilledOperation filled{
        &operation,
        job.customer_id,
        settings.partner_center.tenant_id,
        Document::parse(job.payload)};
    for (const PayloadField& field : operation.fields)
        if (field.secret)
            filled.payload.mask('/' + std::string(field.name));
    std::string text;
    const bool reads_first = operation.body == Body::whole || !operation.copied.empty() ||
                             filled.payload.find("/expect") != nullptr;
    if (reads_first)
        text += fmt::format(
            "GET {}{}\n\n",
            settings.partner_center.api_url,
            filled_path(filled, operation.item_path)
        );
    text += fmt::format(
        "{} {}{}\n",
        operation.method,
        settings.partner_center.api_url,
        filled_path(filled, operation.path)
    );
    if (operation.etag != Etag::none)
        text += "If-Match: the ETag of what was read\n";
    const Document body = body_of(filled, Document::object());
    if (!body.is_null())
        text += "Content-Type: application/json\n\n" + body.json() + "\n";
    if (operation.body == Body::whole)
        text += "(with all other members as they are read)\n";
    return text;
}

ExitCode wait_for(Queue& queue, std::int64_t job_id) {
    using namespace std::chrono_literals;
    const bool lively = stderr_is_lively();
    std::string shown;
    for (auto pause = 50ms;; pause = std::min<std::chrono::milliseconds>(2 * pause, 1s)) {
        const std::optional<ShownJob> job = queue.show(job_id);
        if (!job)
            throw Error(Recovery::fix_config, fmt::format("job {} was removed", job_id));
        if (!job->finished_at.empty()) {
            if (lively && !shown.empty())
                tell("\n");
            print(job_text(*job));
            return job->state == "succeeded" ? ExitCode::success : ExitCode::partial;
        }
        const std::string line = fmt::format(
            "job {}: {}, {} attempts{}",
            job_id,
            job->state,
            job->attempts,
            job->last_error.empty() ? "" : "; " + job->last_error
        );
        if (line != shown)
            tell(lively ? "\r\x1b[K" + line : line + "\n");
        shown = line;
        std::this_thread::sleep_for(pause);
    }
}

ExitCode run_add(const Invocation& invocation) {
    const Settings settings = settings_of(invocation);
    const Operation& operation = operation_named(invocation);
    require_schema(settings);
    asio::io_context loop;
    DatabasePool pool(loop.get_executor(), settings.database.url, 1, "job");
    publish_operations(pool, settings, 0);
    Queue queue(pool);
    NewJob job;
    job.operation = operation.name;
    if (const auto name = invocation.arguments.value("--customer")) {
        ReportStore store(pool);
        job.customer_id = customer_named(*invocation.command, store, {}, *name).customer_id;
    }
    job.payload =
        payload_of(operation, begun_payload(invocation), invocation.arguments.values("--set"));
    job.idempotency_key = invocation.arguments.value("--key").value_or("");
    job.run_after = invocation.arguments.value("--after").value_or("");
    job.priority = priority_of(invocation);
    if (invocation.arguments.has("--dry-run")) {
        if (const auto problems = queue.problems(job.operation, job.payload); !problems.empty())
            throw Error(
                Recovery::fix_config,
                job.operation + ": " + fmt::format("{}", fmt::join(problems, "; "))
            );
        print(request_text(settings, operation, job));
        return ExitCode::success;
    }
    const std::int64_t job_id = queue.add(job);
    if (invocation.json)
        print(fmt::format("{{\"job_id\":{}}}\n", job_id));
    else
        print(fmt::format("{}\n", job_id));
    return invocation.arguments.has("--wait") ? wait_for(queue, job_id) : ExitCode::success;
}

constexpr std::array options{
    Option{.name = "OPERATION", .text = "what to do; see pcmirror operations", .needed = true},
    Option{.name = "--customer", .value = "ID", .text = "whose, by id or domain"},
    Option{
        .name = "--set",
        .value = "KEY=VALUE",
        .text = "a field of the payload; dots reach into nested ones, lists are JSON",
        .many = true},
    Option{
        .name = "--payload",
        .value = "JSON",
        .text = "the payload, or - to read it from stdin; --set comes on top of it"},
    Option{
        .name = "--key",
        .value = "KEY",
        .text = "idempotency key: the same one queues nothing twice"},
    Option{.name = "--after", .value = "TIME", .text = "not before: 2026-01-31T12:00:00Z"},
    Option{
        .name = "--priority",
        .value = "N",
        .text = "higher ones first within a customer (default 0)"},
    Option{.name = "--wait", .text = "wait until it ends, and show how"},
    Option{.name = "--dry-run", .text = "print the request that would be sent, queue nothing"},
};

} // namespace

const Command job_add_command{
    .name = "job add",
    .summary = "queue a job that changes something at a customer",
    .options = options,
    .more = "Prints the job's number. pcmirror run does it; or pcmirror job work --until-empty.",
    .example = "pcmirror job add delete_user --customer contoso.com --set user_id=...",
    .exit_codes =
        "0 it was queued, with --wait: it succeeded; 1 with --wait: it failed; 2 usage or "
        "configuration error, or it was refused; 3 database",
    .json = true,
    .run = run_add,
};

} // namespace pcmirror
