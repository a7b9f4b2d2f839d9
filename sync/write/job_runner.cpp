#include "sync/write/job_runner.hpp"

#include "config/log.hpp"
#include "schema/operation_catalogue.hpp"
#include "sync/http/guid.hpp"
#include "sync/write/job_effects.hpp"
#include "sync/write/looks.hpp"
#include "sync/write/outcome.hpp"
#include "sync/write/postponements.hpp"
#include "sync/write/request_needs.hpp"
#include "sync/write/secrets.hpp"
#include "sync/write/write_request.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

namespace pcmirror {
namespace {

using Seconds = std::chrono::duration<double>;

// How often a resource that changed meanwhile is fetched and sent back in one attempt.
constexpr int fetches_at_most = 4;

/// What of a payload write_back.operations does not allow; empty: nothing.
std::string
not_allowed(const AllowedOperations& allowed, const Operation& operation, const Document& payload) {
    if (!allowed.operation(operation))
        return std::string(operation.name);
    for (const PayloadField& field : operation.fields) {
        const Document* value = payload.find('/' + std::string(field.name));
        if (value == nullptr)
            continue;
        const bool spends = field.spends.when == Spends::When::value &&
                            value->same_as(Document::parse(field.spends.value));
        if (!allowed.field(operation, field) || (spends && !allowed.spending(operation, field)))
            return std::string(operation.name) + '.' + std::string(field.name);
    }
    return {};
}

/// One attempt at one job. Read it from `run`.
class JobRunner {
  public:
    JobRunner(Workshop& shop, Job job, std::shared_ptr<void> worker)
        : shop_(shop), mirror_(shop.mirror), job_(std::move(job)), worker_(std::move(worker)),
          operation_(operation_catalogue().find(job_.operation)) {}

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
            noted_ = false;
            if (error.recovery() == Recovery::retry_later)
                later = not_sent(job_, unresolved(), error.what());
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
            co_await postpone(std::move(*later));
        if (!failure.empty())
            co_await fail(0, std::move(failure));
    }

  private:
    asio::awaitable<void> try_to_run() {
        if (operation_ == nullptr) {
            co_await fail(0, "this version knows no operation \"" + job_.operation + "\"");
            co_return;
        }
        fill();
        sign_in_ = sign_in_of(*operation_, filled_.payload);
        items_.emplace(mirror_.api, sign_in_, job_.customer_id);
        shop_.troubles.require(sign_in_);
        if (job_.answered) {
            co_await show_again();
            co_return;
        }
        const AllowedOperations allowed(limits().operations);
        const std::string forbidden = not_allowed(allowed, *operation_, filled_.payload);
        if (!forbidden.empty()) {
            co_await fail(
                0, "write_back.operations does not allow " + forbidden + " any more" + doubt()
            );
            co_return;
        }
        if (!co_await name_user())
            co_return;
        bool to_send = true;
        if (job_.silent_for && operation_->look != Look::none)
            to_send = co_await look_first();
        if (!to_send)
            co_return;
        if (co_await give_up())
            co_return;
        co_await send();
    }

    [[nodiscard]] const WriteBackSettings& limits() const { return mirror_.settings.write_back; }

    /// Somebody has to act before any job of its sign-in can go on.
    Postponed put_off(const Error& error) {
        shop_.troubles.met(sign_in_, error);
        std::string why = error.what();
        if (!error.hint().empty())
            why += "; " + error.hint();
        Postponed later = not_sent(job_, unresolved(), std::move(why));
        later.outcome = "later";
        later.pause = std::max(later.pause, shop_.troubles.left(sign_in_));
        return later;
    }

    /// Whether a request of it got no answer that would say what it did.
    [[nodiscard]] bool unresolved() const {
        return job_.silent_for.has_value() || (noted_ && !answered_);
    }

    /// Whether a request of it may have taken effect, as far as is known now.
    [[nodiscard]] bool in_doubt() const {
        return (job_.silent_for && !looked_) || (noted_ && !answered_);
    }

    [[nodiscard]] std::string doubt() const {
        return in_doubt() ? "; its last request got no answer, and may have taken effect" : "";
    }

    [[nodiscard]] std::string given_up(const std::string& after, const std::string& last) const {
        return "given up after " + after + doubt() + (last.empty() ? "" : "; the last: " + last) +
               "; once that is mended: pcmirror job retry " + std::to_string(job_.job_id);
    }

    /// What was answered is known: only the mirror is behind.
    asio::awaitable<void> show_again() {
        if (!co_await name_user())
            co_return;
        Document answer;
        if (!job_.response.empty())
            answer = Document::parse(job_.response);
        JobRecord record;
        record.job = job_;
        co_await show_and_end(std::move(record), std::move(answer));
    }

    void fill() {
        filled_.operation = operation_;
        filled_.customer_id = job_.customer_id;
        filled_.tenant_id = mirror_.settings.partner_center.tenant_id;
        filled_.payload = Document::parse(job_.payload);
        for (const auto& [field, secret] : job_.secrets)
            filled_.payload.set('/' + field, Document::text(secret));
    }

    /// Finds the id of a user that the payload has by name. False: the job has ended.
    asio::awaitable<bool> name_user() {
        const PayloadField* id = field_of(*operation_, "user_id");
        const Document* name = filled_.payload.find("/user_principal_name");
        if (id == nullptr || name == nullptr || filled_.payload.find("/user_id") != nullptr)
            co_return true;
        const std::string wanted = name->text();
        const std::string user = co_await user_named(wanted);
        if (user.empty()) {
            co_await fail(0, "the customer has no user \"" + wanted + "\"");
            co_return false;
        }
        filled_.payload.set("/user_id", Document::text(user));
        // It named the user, and is no change.
        std::erase_if(filled_.payload.members(), [](const Document::Member& member) {
            return member.first == "user_principal_name";
        });
        co_return true;
    }

    /// The mirror may be hours old: the API must agree that the user has this name, unless a job
    /// has just changed the user, which reads may not show yet.
    asio::awaitable<std::string> user_named(const std::string& name) {
        const std::optional<MirroredUser> known =
            co_await shop_.store.user_of_name(job_.customer_id, name);
        if (known) {
            const std::optional<Document> user = co_await items_->item(
                "/v1/customers/" + job_.customer_id + "/users/" + known->user_id
            );
            const bool has_name = user && same_name(user->text_at("/userPrincipalName"), name);
            if (has_name || (!user && known->touched))
                co_return known->user_id;
            if (known->touched)
                throw Error(
                    Recovery::retry_later,
                    "the API still shows the user \"" + name + "\" under another name"
                );
        }
        const std::optional<Document> found = co_await find_user(*items_, job_.customer_id, name);
        co_return found ? found->text_at("/id") : std::string();
    }

    /// Whether the request is to be sent again. False: the job was ended or put off.
    asio::awaitable<bool> look_first() {
        const std::optional<Document> found = co_await look(*items_, filled_, job_.sent_at);
        if (found && (found->is_null() || may_have_made(filled_, *found))) {
            co_await succeed(0, *found, "already done");
            co_return false;
        }
        if (found) {
            co_await fail(
                0,
                "what it was to make is there, but not as it was to be; somebody else made it, or "
                "changed it since; compare them, and queue what is left to be changed"
            );
            co_return false;
        }
        // The API may still be at work on what a process sent that ended before its answer.
        Seconds settle = limits().settle_time.value_or(operation_->settle_time);
        if (!job_.lost)
            settle += mirror_.settings.partner_center.request_timeout;
        looked_ = *job_.silent_for >= settle;
        if (looked_)
            co_return true;
        Postponed later = settling(job_, settle);
        co_await postpone(std::move(later));
        co_return false;
    }

    asio::awaitable<bool> give_up() {
        if (job_.failures < limits().max_attempts && job_.age < limits().give_up_after)
            co_return false;
        const bool too_old = job_.age >= limits().give_up_after;
        std::string why = given_up(
            too_old ? "write_back.give_up_after" : fmt::format("{} attempts", job_.failures),
            job_.last_error
        );
        co_await fail(0, std::move(why));
        co_return true;
    }

    /// The resource as it is now, where that is needed. False: the job has ended, since it is not
    /// as it is to be, or as an earlier request has made it.
    asio::awaitable<bool> fetch_item(Document& item) {
        if (!reads_first(*operation_, filled_.payload))
            co_return true;
        const std::string path = filled_path(filled_, operation_->item_path);
        std::optional<Document> found = co_await items_->item(path);
        if (!found) {
            co_await fail(404, "the API knows no " + path + " (any more)");
            co_return false;
        }
        item = std::move(*found);
        if (shows_lost_request(item)) {
            co_await succeed(0, std::move(item), "already done");
            co_return false;
        }
        std::string why;
        if (const std::string other = unexpected(filled_, item); !other.empty())
            why = "not as expected: " + other + "; nothing was changed" + doubt();
        else if (!is_as_first_seen(item) && !shows(filled_, item))
            why = "somebody else changed the same members meanwhile; nothing was changed" + doubt();
        const bool as_expected = why.empty();
        if (!as_expected)
            co_await fail(0, std::move(why));
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
            const Written written = co_await mirror_.api.write(request(item));
            const bool again = co_await take(written, fetch);
            if (!again)
                co_return;
            co_await shop_.store.note_answer(
                job_, written.answer.status, without_secrets(words_of(written.answer), job_.secrets)
            );
            // A business answer: the next request is another one.
            job_.request_id = new_guid();
            if (shop_.stopping) {
                co_await postpone(interrupted(job_));
                co_return;
            }
        }
    }

    [[nodiscard]] WriteCall request(const Document& item) {
        attempted_ = false;
        noted_ = false;
        WriteCall write;
        write.call.priority = Priority::write_back;
        write.call.sign_in = sign_in_;
        write.call.url = mirror_.api.url_of(filled_path(filled_, path_));
        if (!job_.customer_id.empty())
            write.call.customer_id = job_.customer_id;
        if (std::string etag = if_match_of(*operation_, item); !etag.empty())
            write.call.headers.emplace_back("If-Match", std::move(etag));
        write.method = operation_->method;
        const Document body = body_of(filled_, item);
        if (!body.is_null())
            write.body = body.json();
        write.request_id = job_.request_id;
        write.may_send = [this]() -> asio::awaitable<bool> {
            // From here on nobody else could tell what becomes of it.
            co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
            // Asked again where it could not leave the first time.
            if (!noted_)
                noted_ = co_await shop_.store.send(job_);
            attempted_ = noted_;
            co_return noted_;
        };
        write.may_leave = [this] { return mirror_.session.holds(); };
        write.mask = [this](std::string text) {
            return without_secrets(std::move(text), job_.secrets);
        };
        return write;
    }

    /// Whether the request is to be made and sent once more, since the resource has changed, or
    /// the API has it elsewhere. Else what is to be done about the answer was done.
    asio::awaitable<bool> take(const Written& written, int fetch) {
        if (written.end != Written::End::answered) {
            co_await postpone(unanswered(job_, written));
            co_return false;
        }
        shop_.troubles.over(sign_in_);
        const Answer& answer = written.answer;
        if (is_no_answer_of_the_api(answer)) {
            Written lost = written;
            lost.end = Written::End::unanswered;
            lost.trouble = fmt::format(
                "answered {} with what is no JSON, as a proxy or a sign-in page would",
                answer.status
            );
            co_await postpone(unanswered(job_, lost));
            co_return false;
        }
        const Outcome outcome = judge_write(answer.status, answer.error);
        answered_ = outcome != Outcome::same_again;
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
            co_await succeed(answer.status, body_of_answer(answer), "");
            break;
        case Outcome::fetch_again:
        case Outcome::same_again:
        case Outcome::throttled:
        case Outcome::later:
            co_await postpone(failed_for_now(job_, written, outcome));
            break;
        case Outcome::gone:
            // By an earlier request, that is: else it never was there.
            if (operation_->method == "DELETE" && job_.silent_for)
                co_await succeed(answer.status, Document(), "already done");
            else
                co_await fail(answer.status, words_of(answer));
            break;
        case Outcome::exists:
            co_await take_existing(answer);
            break;
        case Outcome::refused:
        case Outcome::failed:
            co_await fail(answer.status, words_of(answer));
            break;
        }
    }

    /// There already: by an earlier attempt of this job, or by somebody else?
    asio::awaitable<void> take_existing(const Answer& answer) {
        constexpr int active_already = 800041;
        if (answer.error.code == active_already) {
            co_await succeed(answer.status, Document(), "already done");
            co_return;
        }
        if (job_.silent_for && operation_->look != Look::none) {
            const std::optional<Document> found = co_await look(*items_, filled_, job_.sent_at);
            if (found && (found->is_null() || may_have_made(filled_, *found))) {
                co_await succeed(0, *found, "already done");
                co_return;
            }
        }
        co_await fail(answer.status, words_of(answer));
    }

    [[nodiscard]] static bool is_blank(const Answer& answer) {
        return answer.body.find_first_not_of("\xEF\xBB\xBF \r\n\t") == std::string::npos;
    }

    /// A success that is told in another language says nothing of the API.
    [[nodiscard]] static bool is_no_answer_of_the_api(const Answer& answer) {
        constexpr std::string_view mark = "\xEF\xBB\xBF";
        std::string_view body = answer.body;
        if (body.starts_with(mark))
            body.remove_prefix(mark.size());
        return answer.status >= 200 && answer.status <= 299 && !is_blank(answer) &&
               !nlohmann::json::accept(body);
    }

    [[nodiscard]] static Document body_of_answer(const Answer& answer) {
        try {
            if (!is_blank(answer))
                return Document::parse(answer.body);
        } catch (const Error&) {
            // It was done, though it can't be told; the item is read instead.
        }
        return {};
    }

    /// The request took effect; the answer is kept without what is secret in it.
    asio::awaitable<void> succeed(int status, Document answer, std::string outcome) {
        JobRecord record;
        record.answer.emplace();
        record.answer->http_status = status;
        record.answer->outcome = std::move(outcome);
        if (!operation_->only_in_answer.empty())
            if (const Document* found = answer.find(operation_->only_in_answer))
                record.answer->secret = found->text();
        for (const std::string_view pointer : operation_->secret_answers)
            answer.mask(pointer);
        // The API may repeat a secret of the payload anywhere; the mirror must not have it either.
        if (!answer.is_null() && !job_.secrets.empty())
            answer = Document::parse(without_secrets(answer.json(), job_.secrets));
        if (!answer.is_null())
            record.answer->response = answer.json();
        record.job = job_;
        co_await show_and_end(std::move(record), std::move(answer));
    }

    /// Brings the mirror up to date; waiting for it to show takes no worker.
    asio::awaitable<void> show_and_end(JobRecord record, Document answer) {
        done_ = true;
        worker_.reset();
        JobEffects effects(mirror_, shop_.store, *items_, filled_, job_);
        bool confirmed = effects.take_answer(answer, record);
        if (!confirmed) {
            const bool goes_on = co_await write_answer(record);
            if (!goes_on)
                co_return;
            std::string trouble = "the API does not show the change after a minute";
            try {
                confirmed = co_await effects.read_rest(record);
            } catch (const DatabaseError&) {
                throw;
            } catch (const Error& error) {
                if (!is_of_one_call(error))
                    throw;
                // It is done, whether the mirror shows it or not.
                trouble = error.what();
                effects.leave_rest(record);
            }
            if (!confirmed)
                event(
                    Level::warn,
                    "job.unconfirmed",
                    {{"job_id", job_.job_id}, {field::error, trouble}}
                );
        }
        JobEnd end;
        end.state = "succeeded";
        end.error = warnings(answer);
        end.confirmed = confirmed;
        co_await finish(std::move(record), std::move(end));
    }

    /// The answer first, where there is one: it may take a while until the mirror shows the change.
    /// False: that is left to whoever has the job next.
    asio::awaitable<bool> write_answer(JobRecord& record) {
        if (!record.answer)
            co_return true;
        JobRecord answered = std::exchange(record, fresh_record());
        const bool ours = co_await shop_.store.record(std::move(answered));
        // Nothing is lost by now.
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        co_return ours && !shop_.stopping;
    }

    [[nodiscard]] JobRecord fresh_record() const {
        JobRecord record;
        record.job = job_;
        return record;
    }

    [[nodiscard]] std::string warnings(const Document& answer) const {
        if (operation_->inner_warnings.empty())
            return {};
        const Document* found = answer.find(operation_->inner_warnings);
        if (found == nullptr || found->elements().empty())
            return {};
        return "done, with warnings: " + found->json();
    }

    /// Whatever is wrong once the answer is known, the request took effect.
    asio::awaitable<void> end_unshown(std::string trouble) {
        JobRecord record = fresh_record();
        if (operation_ != nullptr) {
            JobEffects effects(mirror_, shop_.store, *items_, filled_, job_);
            effects.take_answer(Document(), record);
            effects.leave_rest(record);
        }
        JobEnd end;
        end.state = "succeeded";
        end.error = "done, but the mirror does not show it yet: " + trouble;
        end.confirmed = false;
        co_await finish(std::move(record), std::move(end));
    }

    asio::awaitable<void> fail(int status, std::string error) {
        if (done_) {
            co_await end_unshown(std::move(error));
            co_return;
        }
        JobEnd end;
        end.state = "failed";
        end.error = std::move(error);
        end.http_status = status;
        end.in_doubt = in_doubt();
        co_await finish(fresh_record(), std::move(end));
    }

    asio::awaitable<void> finish(JobRecord record, JobEnd end) {
        end.error = without_secrets(std::move(end.error), job_.secrets);
        event(
            end.state == "failed" ? Level::warn : Level::info,
            "job.ended",
            {{"job_id", job_.job_id},
             {"operation", job_.operation},
             {"state", end.state},
             {field::error, end.error}}
        );
        const bool failed = end.state == "failed";
        record.end = std::move(end);
        const bool ours = co_await shop_.store.record(std::move(record));
        if (ours && failed && shop_.failed != nullptr)
            shop_.failed->push_back(job_.job_id);
    }

    asio::awaitable<void> postpone(Postponed later) {
        later.error = without_secrets(std::move(later.error), job_.secrets);
        co_await shop_.store.postpone(job_, std::move(later), attempted_);
    }

    Workshop& shop_;
    Mirror& mirror_;
    Job job_;
    std::shared_ptr<void> worker_;
    const Operation* operation_;
    FilledOperation filled_;
    std::optional<LiveItems> items_;
    bool noted_ = false;        ///< that the request is about to leave
    bool attempted_ = false;    ///< an attempt was noted that has not ended
    bool answered_ = false;     ///< and the answer leaves no doubt
    bool looked_ = false;       ///< and what got no answer had no effect, or another one
    bool done_ = job_.answered; ///< it took effect: what is left is the mirror
    SignIn sign_in_ = SignIn::user;
    std::string_view path_ = operation_ == nullptr ? std::string_view() : operation_->path;
};

} // namespace

asio::awaitable<void> run_job(Workshop& shop, Job job, std::shared_ptr<void> worker) {
    JobRunner runner(shop, std::move(job), std::move(worker));
    co_await runner.run();
}

} // namespace pcmirror
