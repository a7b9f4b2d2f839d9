#include "daemon/batch_add.hpp"
#include "daemon/changing_line.hpp"
#include "daemon/commands.hpp"
#include "daemon/job_ends.hpp"
#include "daemon/job_payload.hpp"
#include "daemon/json.hpp"
#include "daemon/output.hpp"
#include "daemon/prepare.hpp"
#include "daemon/request_text.hpp"
#include "daemon/selection.hpp"
#include "daemon/write_back.hpp"
#include "schema/counted.hpp"
#include "sync/records/utf8.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <fmt/format.h>
#include <iostream>
#include <iterator>
#include <thread>

namespace pcmirror {
namespace {

const Operation& operation_named(const Invocation& invocation) {
    if (!invocation.arguments.has("OPERATION"))
        throw usage_error(*invocation.command, "OPERATION is missing", "see: pcmirror operations");
    const std::string name = *invocation.arguments.value("OPERATION");
    if (const Operation* found = operation_catalogue().find(name))
        return *found;
    const std::string near = nearest_operation(name);
    throw usage_error(
        *invocation.command,
        "unknown operation \"" + name + "\"",
        near.empty() ? "see: pcmirror operations" : "did you mean " + near
    );
}

std::string begun_payload(const Invocation& invocation) {
    std::string given = invocation.arguments.value("--payload").value_or("{}");
    if (given != "-")
        return given;
    return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

/// What PostgreSQL would refuse in words that don't say where it stands.
void require_utf8(const Invocation& invocation) {
    for (const char* option : {"--customer", "--set", "--payload", "--key", "--after"})
        for (const std::string& value : invocation.arguments.values(option))
            if (escape_invalid_utf8(value) != value)
                throw usage_error(*invocation.command, std::string(option) + " is not UTF-8");
}

/// The job, when it has ended.
ShownJob await_end(Queue& queue, std::int64_t job_id) {
    using namespace std::chrono_literals;
    ChangingLine line;
    for (auto pause = 50ms;; pause = std::min<std::chrono::milliseconds>(2 * pause, 1s)) {
        std::optional<ShownJob> job = queue.show(job_id);
        if (!job)
            throw Error(Recovery::fix_config, fmt::format("job {} was removed", job_id));
        if (!job->finished_at.empty())
            return std::move(*job);
        line.show(fmt::format(
            "job {}: {}, {}{}",
            job_id,
            job->state,
            counted(job->attempts, "attempt"),
            job->last_error.empty() ? "" : "; " + job->last_error
        ));
        std::this_thread::sleep_for(pause);
    }
}

std::string added_json(const AddedJob& added) {
    JsonWriter json;
    json.begin_object().key("job_id").number(added.job_id).key("new").boolean(added.is_new);
    return json.end_object().document();
}

ExitCode wait_for(Queue& queue, const AddedJob& added, bool as_json) {
    const ShownJob job = await_end(queue, added.job_id);
    print(as_json ? with_member(job.json, "new", added.is_new) : job_text(job));
    if (job.state == "succeeded")
        return ExitCode::success;
    tell(ends_text({{"", job.job_id}}, {{job.job_id, {job.state, job.last_error, false}}}));
    return ExitCode::partial;
}

/// What the command line says of the job, or of all jobs of a batch.
NewJob common_job(const Invocation& invocation, DatabasePool& pool) {
    NewJob job;
    if (const auto name = invocation.arguments.value("--customer")) {
        ReportStore store(pool);
        job.customer_id = customer_named(*invocation.command, store, {}, *name).customer_id;
    }
    job.run_after = invocation.arguments.value("--after").value_or("");
    job.priority = priority_of(invocation.arguments.value("--priority").value_or("0"));
    return job;
}

ExitCode
add_one(const Invocation& invocation, const Settings& settings, DatabasePool& pool, NewJob job) {
    Queue queue(pool);
    const Operation& operation = operation_named(invocation);
    job.operation = operation.name;
    job.payload =
        payload_of(operation, begun_payload(invocation), invocation.arguments.values("--set"));
    job.idempotency_key = invocation.arguments.value("--key").value_or("");
    if (invocation.arguments.has("--dry-run")) {
        queue.check(job);
        const ShownRequest request = shown_request(settings, operation, job);
        print(invocation.json ? request_json(request) : request_text(request));
        return ExitCode::success;
    }
    const AddedJob added = queue.add(job);
    if (!added.is_new)
        tell(fmt::format("job {} was there already\n", added.job_id));
    const bool waits = invocation.arguments.has("--wait");
    if (!invocation.json)
        print(fmt::format("{}\n", added.job_id));
    else if (!waits)
        print(added_json(added));
    return waits ? wait_for(queue, added, invocation.json) : ExitCode::success;
}

ExitCode
add_all(const Invocation& invocation, const Settings& settings, DatabasePool& pool, NewJob job) {
    const Arguments& given = invocation.arguments;
    BatchCommon common;
    // Of all operations, where the lines name theirs: fields are judged with the line.
    if (given.has("OPERATION"))
        common.operation = &operation_named(invocation);
    else if (given.has("--set") || given.has("--payload"))
        throw usage_error(
            *invocation.command,
            "--set and --payload need the OPERATION on the command line",
            "or give the fields columns of their own"
        );
    if (common.operation != nullptr)
        common.payload =
            payload_of(*common.operation, begun_payload(invocation), given.values("--set"));
    if (Document::parse(common.payload).kind() != Document::Kind::object)
        throw usage_error(*invocation.command, "--payload is no JSON object");
    common.job = std::move(job);
    common.key_prefix = given.value("--key").value_or("");
    return given.has("--dry-run") ? judge_batch(invocation, settings, pool, common)
                                  : add_batch(invocation, pool, common);
}

ExitCode run_add(const Invocation& invocation) {
    const Settings settings = settings_of(invocation);
    require_utf8(invocation);
    const std::optional<std::string> batch = invocation.arguments.value("--batch");
    if (!batch || invocation.arguments.has("OPERATION"))
        operation_named(invocation);
    if (batch == "-" && invocation.arguments.value("--payload") == "-")
        throw usage_error(
            *invocation.command, "--batch and --payload can't both be read from stdin"
        );
    require_schema(settings);
    asio::io_context loop;
    DatabasePool pool(loop.get_executor(), settings.database.url, 1, "job");
    publish_operations(pool, settings, 0);
    NewJob job = common_job(invocation, pool);
    return batch ? add_all(invocation, settings, pool, std::move(job))
                 : add_one(invocation, settings, pool, std::move(job));
}

constexpr std::array options{
    Option{
        .name = "OPERATION",
        .text = "what to do; see pcmirror operations; with --batch it may be a column instead"},
    Option{.name = "--customer", .value = "ID", .text = "whose, by id or domain"},
    Option{
        .name = "--set",
        .value = "KEY=VALUE",
        .text = "a field of the payload; dots reach into nested ones, values of a list have "
                "semicolons between them or are JSON",
        .many = true},
    Option{
        .name = "--payload",
        .value = "JSON",
        .text = "the payload, or - to read it from stdin; --set comes on top of it"},
    Option{
        .name = "--key",
        .value = "KEY",
        .text = "idempotency key: the same one queues nothing twice; with --batch what keys begin "
                "with, before a colon and the line's key or number"},
    Option{.name = "--after", .value = "TIME", .text = "not before: 2026-01-31T12:00:00Z"},
    Option{
        .name = "--priority",
        .value = "N",
        .text = "higher ones first within a customer (default 0)"},
    Option{
        .name = "--batch",
        .value = "FILE",
        .text = "a job for each line of a CSV file, or - for stdin: all of them, or none"},
    Option{.name = "--wait", .text = "wait until it ends, and show how"},
    Option{
        .name = "--dry-run",
        .text = "queue nothing: print the request that would be sent; with --batch, judge the "
                "lines by what is mirrored and queued, and what they cost"},
};

} // namespace

const Command job_add_command{
    .name = "job add",
    .summary = "queue jobs that change something at customers",
    .options = options,
    .more = "Prints the job's number. pcmirror run does it; or pcmirror job work --until-empty. "
            "The header of a batch names fields of the payload (default_address.city), and what "
            "belongs to the job: customer (id or domain), key, priority, run_after, operation. An "
            "empty cell is a field left out, null is null where the field may be, and refused "
            "elsewhere; lists are as with --set. What the options say holds for all lines that "
            "don't say otherwise.",
    .example = "pcmirror job add delete_user --customer contoso.com --set user_id=...",
    .exit_codes =
        "0 it was queued, with --wait: it succeeded; 1 with --wait: it failed, with --dry-run: "
        "lines would fail or undo each other; 2 usage or configuration error, or it was refused; "
        "3 database",
    .json = true,
    .run = run_add,
};

} // namespace pcmirror
