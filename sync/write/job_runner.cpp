#include "sync/write/job_runner.hpp"

#include "schema/counted.hpp"
#include "sync/http/guid.hpp"
#include "sync/records/normal.hpp"
#include "sync/write/allowance.hpp"
#include "sync/write/answers.hpp"
#include "sync/write/attempt_end.hpp"
#include "sync/write/looks.hpp"
#include "sync/write/outcome.hpp"
#include "sync/write/postponements.hpp"
#include "sync/write/request_needs.hpp"
#include "sync/write/secrets.hpp"
#include "sync/write/user_names.hpp"
#include "sync/write/write_call.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace pcmirror {
namespace {

using Seconds = std::chrono::duration<double>;

// How often a resource that changed meanwhile is fetched and sent back in one attempt.
constexpr int fetches_at_most = 4;

/// One attempt at one job. Read it from `run`.
class JobRunner {
  public:
    JobRunner(Workshop& shop, Job job, std::shared_ptr<void> worker)
        : shop_(shop), attempt_(std::move(job)), end_(shop, attempt_, std::move(worker)) {}

    asio::awaitable<void> run() {
        // Filled in by `try_to_run`: a coroutine may not wait inside of a handler.
        std::optional<Postponed> later;
        std::string failure;
        try {
            co_await try_to_run();
        } catch (const DatabaseError&) {
            throw;
        } catch (const Error& error) {
            // A request that ends so had no effect.
            attempt_.noted = false;
            if (error.recovery() == Recovery::retry_later)
                later = not_now(error);
            else if (error.recovery() == Recovery::fix_api)
                later = put_off(error);
            else if (error.recovery() == Recovery::skip_scope)
                failure = error.what();
            else
                throw;
        }
        if (later && job_.age >= limits().give_up_after)
            failure = given_up("write_back.give_up_after", later->error);
        else if (later)
            co_await end_.postpone(std::move(*later));
        if (!failure.empty())
            co_await end_.fail(0, std::move(failure));
    }

  private:
    asio::awaitable<void> try_to_run() {
        if (operation_ == nullptr) {
            co_await end_.fail(0, "this version knows no operation \"" + job_.operation + "\"");
            co_return;
        }
        attempt_.fill(shop_.mirror);
        shop_.troubles.require(attempt_.sign_in);
        if (job_.answered) {
            const bool named = co_await name_or_fail();
            if (named)
                co_await end_.show_again();
            co_return;
        }
        if (std::string why = not_to_send(); !why.empty()) {
            co_await end_.fail(0, std::move(why));
            co_return;
        }
        const bool named = co_await name_or_fail();
        if (!named)
            co_return;
        bool to_send = true;
        if (job_.silent_for && operation_->look != Look::none)
            to_send = co_await look_first();
        if (!to_send)
            co_return;
        const bool spent =
            job_.failures >= limits().max_attempts || job_.age >= limits().give_up_after;
        if (spent)
            co_await give_up();
        else
            co_await send();
    }

    /// Why the configuration keeps it from being sent; empty: it doesn't.
    [[nodiscard]] std::string not_to_send() const {
        const AllowedOperations allowed(limits().operations);
        const std::string forbidden = not_allowed(allowed, *operation_, filled_.payload);
        if (!forbidden.empty())
            return "write_back.operations does not allow " + forbidden + " any more";
        if (names_tenant(*operation_) && !is_guid(filled_.tenant_id))
            return "the API wants the partner's tenant by its GUID here, and "
                   "partner_center.tenant_id has it by a domain; change that, then: pcmirror job "
                   "retry " +
                   std::to_string(job_.job_id);
        return {};
    }

    [[nodiscard]] const WriteBackSettings& limits() const {
        return shop_.mirror.settings.write_back;
    }

    [[nodiscard]] Postponed not_now(const Error& error) const {
        Postponed later = not_sent(job_, attempt_.unresolved(), error.what());
        later.pause = std::max(later.pause, asked_to_wait(error));
        return later;
    }

    /// Somebody has to act before any job of its sign-in can go on.
    Postponed put_off(const Error& error) {
        shop_.troubles.met(attempt_.sign_in, error);
        std::string why = error.what();
        if (!error.hint().empty())
            why += "; " + error.hint();
        Postponed later = not_sent(job_, attempt_.unresolved(), std::move(why));
        later.outcome = "later";
        // When the sign-in is tried again so is this: who mends it waits for no longer pauses.
        later.pause = shop_.troubles.left(attempt_.sign_in);
        later.grows = false;
        return later;
    }

    [[nodiscard]] std::string given_up(const std::string& after, const std::string& last) const {
        return "given up after " + after + (last.empty() ? "" : "; the last: " + last) +
               "; once that is mended: pcmirror job retry " + std::to_string(job_.job_id);
    }

    /// False: nobody has the name that the payload has, and the job has ended.
    asio::awaitable<bool> name_or_fail() {
        std::string unknown = co_await name_user(shop_.store, *attempt_.items, filled_, job_);
        const bool named = unknown.empty();
        if (!named)
            co_await end_.fail(0, std::move(unknown));
        co_return named;
    }

    /// Whether the request is to be sent again. False: the job was ended or put off.
    asio::awaitable<bool> look_first() {
        const std::optional<Document> found = co_await look(*attempt_.items, filled_, job_.sent_at);
        if (found && (found->is_null() || may_have_made(filled_, *found))) {
            co_await end_.succeed(0, *found, "already done");
            co_return false;
        }
        if (found) {
            co_await end_.fail(
                0,
                "what it was to make is there, but not as it was to be; somebody else made it, or "
                "changed it since; compare them, and queue what is left to be changed"
            );
            co_return false;
        }
        // The API may still be at work on what a process sent that ended before its answer.
        Seconds settle = limits().settle_time.value_or(operation_->settle_time);
        if (!job_.lost)
            settle += shop_.mirror.settings.partner_center.request_timeout;
        attempt_.looked = *job_.silent_for >= settle;
        if (attempt_.looked)
            co_return true;
        Postponed later = settling(job_, settle);
        co_await end_.postpone(std::move(later));
        co_return false;
    }

    asio::awaitable<void> give_up() {
        if (job_.silent_for) {
            // It may be as it is to be.
            Document item;
            const bool as_expected = co_await fetch_item(item);
            if (!as_expected)
                co_return;
        }
        const bool too_old = job_.age >= limits().give_up_after;
        std::string why = given_up(
            too_old ? "write_back.give_up_after"
                    : counted(static_cast<std::uint64_t>(job_.failures), "attempt"),
            job_.last_error
        );
        co_await end_.fail(0, std::move(why));
    }

    /// The resource as it is now, where that is needed. False: the job has ended, since it is not
    /// as it is to be, or as an earlier request has made it.
    asio::awaitable<bool> fetch_item(Document& item) {
        if (!reads_first(*operation_, filled_.payload))
            co_return true;
        const std::string path = filled_path(filled_, operation_->item_path);
        std::optional<Document> found = co_await attempt_.items->item(path);
        if (!found) {
            co_await end_.fail(404, "the API knows no " + path + " (any more)");
            co_return false;
        }
        item = std::move(*found);
        if (shows_lost_request(item)) {
            co_await end_.succeed(0, std::move(item), "already done");
            co_return false;
        }
        std::string why;
        if (const std::string other = unexpected(filled_, item); !other.empty())
            why = "not as expected: " + other + "; nothing was changed";
        else if (!is_as_first_seen(item) && !shows(filled_, item))
            why = "somebody else changed the same members meanwhile; nothing was changed";
        const bool as_expected = why.empty();
        if (!as_expected)
            co_await end_.fail(0, std::move(why));
        co_return as_expected;
    }

    /// Whether a request that got no answer is seen to have made the item as it is to be; of a
    /// secret that can't be seen.
    [[nodiscard]] bool shows_lost_request(const Document& item) const {
        return job_.silent_for && operation_->look == Look::none && job_.secrets.empty() &&
               shows(filled_, item);
    }

    /// Whether nobody changed what the job is to change since it was first read for it.
    bool is_as_first_seen(const Document& item) {
        if (operation_->body != Body::whole)
            return true;
        const Document now = targets_in(filled_, item);
        if (job_.first_seen.empty())
            job_.first_seen = now.json();
        return same_targets(*operation_, Document::parse(job_.first_seen), now);
    }

    asio::awaitable<void> send() {
        for (int fetch = 1;; ++fetch) {
            Document item;
            const bool as_expected = co_await fetch_item(item);
            if (!as_expected)
                co_return;
            WriteCall call = write_call(shop_, attempt_, path_, item);
            const Written written = co_await shop_.mirror.api.write(std::move(call));
            const bool again = co_await take(written, fetch);
            if (!again)
                co_return;
            co_await shop_.store.note_answer(
                job_, written.answer.status, without_secrets(words_of(written.answer), job_.secrets)
            );
            // A business answer: the next request is another one.
            job_.request_id = new_guid();
            if (shop_.stopping) {
                co_await end_.postpone(interrupted(job_));
                co_return;
            }
        }
    }

    /// Whether the request is to be made and sent once more, since the resource has changed, or
    /// the API has it elsewhere. Else what is to be done about the answer was done.
    asio::awaitable<bool> take(const Written& written, int fetch) {
        if (written.end != Written::End::answered) {
            co_await end_.postpone(unanswered(job_, written));
            co_return false;
        }
        shop_.troubles.over(attempt_.sign_in);
        const Answer& answer = written.answer;
        if (is_of_somebody_else(answer)) {
            Written lost = written;
            lost.end = Written::End::unanswered;
            lost.trouble = fmt::format(
                "answered {} with what is no JSON, or cut off, as a proxy or a sign-in page would",
                answer.status
            );
            co_await end_.postpone(unanswered(job_, lost));
            co_return false;
        }
        const Outcome outcome = judge_write(answer.status, answer.error);
        attempt_.answered = outcome != Outcome::same_again;
        const bool unknown_path = answer.status == 404 || answer.status == 405;
        if (unknown_path && !operation_->or_path.empty() && path_ != operation_->or_path &&
            answer.error.code == 0) {
            path_ = operation_->or_path;
            co_return true;
        }
        if (outcome == Outcome::fetch_again && operation_->body == Body::whole &&
            fetch < fetches_at_most)
            co_return true;
        co_await take_outcome(written, outcome);
        co_return false;
    }

    asio::awaitable<void> take_outcome(const Written& written, Outcome outcome) {
        const Answer& answer = written.answer;
        switch (outcome) {
        case Outcome::done:
            co_await end_.succeed(answer.status, body_of_success(answer), "");
            break;
        case Outcome::fetch_again:
        case Outcome::same_again:
        case Outcome::throttled:
        case Outcome::later:
            co_await end_.postpone(failed_for_now(job_, written, outcome));
            break;
        case Outcome::gone:
            // By an earlier request, that is: else it never was there.
            if (operation_->method == "DELETE" && job_.silent_for)
                co_await end_.succeed(answer.status, Document(), "already done");
            else
                co_await end_.fail(answer.status, words_of(answer));
            break;
        case Outcome::exists:
            co_await take_existing(answer);
            break;
        case Outcome::refused:
        case Outcome::failed:
            co_await end_.fail(answer.status, words_of(answer));
            break;
        }
    }

    /// There already: by an earlier attempt of this job, or by somebody else?
    asio::awaitable<void> take_existing(const Answer& answer) {
        constexpr int active_already = 800041;
        if (answer.error.code == active_already) {
            co_await end_.succeed(answer.status, Document(), "already done");
            co_return;
        }
        if (job_.silent_for && operation_->look != Look::none) {
            const std::optional<Document> found =
                co_await look(*attempt_.items, filled_, job_.sent_at);
            if (found && (found->is_null() || may_have_made(filled_, *found))) {
                co_await end_.succeed(0, *found, "already done");
                co_return;
            }
        }
        co_await end_.fail(answer.status, words_of(answer));
    }

    Workshop& shop_;
    Attempt attempt_;
    AttemptEnd end_;
    Job& job_ = attempt_.job;
    FilledOperation& filled_ = attempt_.filled;
    const Operation* operation_ = attempt_.operation;
    std::string_view path_ = operation_ == nullptr ? std::string_view() : operation_->path;
};

} // namespace

asio::awaitable<void> run_job(Workshop& shop, Job job, std::shared_ptr<void> worker) {
    JobRunner runner(shop, std::move(job), std::move(worker));
    co_await runner.run();
}

} // namespace pcmirror
