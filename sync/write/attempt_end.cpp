#include "sync/write/attempt_end.hpp"

#include "config/log.hpp"
#include "sync/write/secrets.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <utility>

namespace pcmirror {
namespace {

/// What a success complains of all the same.
std::string warnings_in(const Operation& operation, const Document& answer) {
    if (operation.inner_warnings.empty())
        return {};
    const Document* found = answer.find(operation.inner_warnings);
    if (found == nullptr || found->elements().empty())
        return {};
    return "done, with warnings: " + found->json();
}

} // namespace

asio::awaitable<void> AttemptEnd::succeed(int http_status, Document answer, std::string outcome) {
    const Operation& operation = *attempt_.operation;
    JobRecord record = fresh_record();
    record.answer.emplace();
    record.answer->http_status = http_status;
    record.answer->outcome = std::move(outcome);
    if (!operation.only_in_answer.empty())
        if (const Document* found = answer.find(operation.only_in_answer))
            record.answer->secret = found->text();
    for (const std::string_view pointer : operation.secret_answers)
        answer.mask(pointer);
    // The API may repeat a secret of the payload anywhere; the mirror must not have it either.
    mask_secrets(answer, attempt_.job.secrets);
    if (!answer.is_null())
        record.answer->response = answer.json();
    co_await show_and_end(std::move(record), std::move(answer));
}

asio::awaitable<void> AttemptEnd::show_again() {
    Document answer;
    if (!attempt_.job.response.empty())
        answer = Document::parse(attempt_.job.response);
    JobRecord record = fresh_record();
    co_await show_and_end(std::move(record), std::move(answer));
}

asio::awaitable<void> AttemptEnd::fail(int http_status, std::string error) {
    if (attempt_.done) {
        co_await end_unshown(std::move(error));
        co_return;
    }
    JobRecord record = fresh_record();
    JobEnd end;
    end.state = "failed";
    end.error = std::move(error) + attempt_.doubt();
    end.http_status = http_status;
    end.in_doubt = attempt_.in_doubt();
    // Where nobody knows the operation, nobody knows either what it would have changed.
    if (end.in_doubt && attempt_.items)
        effects().leave_all(record);
    co_await finish(std::move(record), std::move(end));
}

asio::awaitable<void> AttemptEnd::postpone(Postponed later) {
    later.error = without_secrets(std::move(later.error), attempt_.job.secrets);
    if (shop_.tally != nullptr)
        shop_.tally->count_put_off(attempt_.job.job_id, later);
    co_await shop_.store.postpone(attempt_.job, std::move(later), attempt_.attempted);
}

/// Brings the mirror up to date; waiting for it to show takes no worker.
asio::awaitable<void> AttemptEnd::show_and_end(JobRecord record, Document answer) {
    attempt_.done = true;
    worker_.reset();
    JobEffects effects = this->effects();
    bool confirmed = co_await effects.take_answer(answer, record);
    if (!confirmed) {
        const bool goes_on = co_await write_answer(record);
        if (!goes_on)
            co_return;
        confirmed = co_await read_rest(effects, record);
    }
    JobEnd end;
    end.state = "succeeded";
    end.error = warnings_in(*attempt_.operation, answer);
    end.confirmed = confirmed;
    co_await finish(std::move(record), std::move(end));
}

/// The answer first, where there is one: it may take a while until the mirror shows the change.
/// False: that is left to whoever has the job next.
asio::awaitable<bool> AttemptEnd::write_answer(JobRecord& record) {
    if (!record.answer)
        co_return true;
    JobRecord answered = std::exchange(record, fresh_record());
    const bool ours = co_await shop_.store.record(std::move(answered), shop_.stopping);
    // Nothing is lost by now.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_return ours && !shop_.stopping;
}

/// Whether all of it shows. It is done, whether it does or not.
asio::awaitable<bool> AttemptEnd::read_rest(JobEffects& effects, JobRecord& record) {
    std::string trouble = "the API does not show the change after a minute";
    bool shows = false;
    try {
        shows = co_await effects.read_rest(record);
    } catch (const DatabaseError&) {
        throw;
    } catch (const Error& error) {
        if (!is_of_one_call(error))
            throw;
        trouble = error.what();
        effects.leave_rest(record);
    }
    if (!shows)
        event(
            Level::warn,
            "job.unconfirmed",
            {{"job_id", attempt_.job.job_id}, {field::error, trouble}}
        );
    co_return shows;
}

/// Whatever is wrong once the answer is known, the request took effect.
asio::awaitable<void> AttemptEnd::end_unshown(std::string trouble) {
    JobRecord record = fresh_record();
    if (attempt_.items) {
        JobEffects effects = this->effects();
        const Document no_answer;
        co_await effects.take_answer(no_answer, record);
        effects.leave_rest(record);
    }
    JobEnd end;
    end.state = "succeeded";
    end.error = "done, but the mirror does not show it yet: " + trouble;
    end.confirmed = false;
    co_await finish(std::move(record), std::move(end));
}

asio::awaitable<void> AttemptEnd::finish(JobRecord record, JobEnd end) {
    const Job& job = attempt_.job;
    end.error = without_secrets(std::move(end.error), job.secrets);
    const bool failed = end.state == "failed";
    record.end = end;
    const bool ours = co_await shop_.store.record(std::move(record), shop_.stopping);
    if (!ours)
        co_return;
    // Why stands in the database only: the API's words may name people.
    event(
        failed ? Level::warn : Level::info,
        "job.ended",
        {{"job_id", job.job_id},
         {"operation", job.operation},
         {"state", end.state},
         {field::hint, fmt::format("pcmirror job show {}", job.job_id)}}
    );
    if (shop_.tally != nullptr)
        shop_.tally->count_end(job.job_id, failed);
    if (shop_.ended)
        shop_.ended(job, end);
}

JobRecord AttemptEnd::fresh_record() const {
    JobRecord record;
    record.job = attempt_.job;
    return record;
}

JobEffects AttemptEnd::effects() {
    // The worker is with somebody else by now.
    return {
        shop_.mirror,
        shop_.store,
        attempt_.items->patient(),
        attempt_.filled,
        attempt_.job,
        shop_.read_at_most};
}

} // namespace pcmirror
