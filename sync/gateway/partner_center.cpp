#include "sync/gateway/partner_center.hpp"

#include "config/log.hpp"
#include "sync/gateway/acceptance.hpp"
#include "sync/gateway/conversation.hpp"
#include "sync/gateway/gate.hpp"
#include "sync/http/token_errors.hpp"

#include <fmt/format.h>
#include <map>
#include <optional>
#include <random>
#include <utility>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;

/// What one attempt brought: an answer or the reason why there is none.
struct Reply {
    std::optional<HttpResponse> response;
    std::optional<TransportError> trouble;
    Instant sent_at;
    std::uint64_t token = 0; ///< see `Acceptance::number_of`
};

bool says_no(std::string_view text) {
    return text == "false" || text == "False" || text == "FALSE";
}

class Gateway final : public PartnerCenter {
  public:
    Gateway(
        asio::any_io_executor executor,
        PartnerCenterSettings settings,
        HttpTransport& http,
        TokenSource& tokens,
        SharedBudget* budget,
        Clock& clock
    )
        : settings_(std::move(settings)), http_(http), tokens_(tokens), clock_(clock),
          local_budget_(budget != nullptr ? nullptr : own_budget()),
          budget_(budget != nullptr ? budget : local_budget_.get()),
          gate_(std::move(executor), settings_, budget_, clock), random_(std::random_device{}()) {}

    asio::awaitable<Answer> get(Call call) override;
    asio::awaitable<Written> write(WriteCall call) override;

    [[nodiscard]] std::string url_of(std::string_view path_and_query) const override {
        return settings_.api_url + std::string(path_and_query);
    }

    [[nodiscard]] const std::string& base_url() const override { return settings_.api_url; }

    [[nodiscard]] bool serves(SignIn need) const override {
        return settings_.auth != Auth::app_only || need == SignIn::app;
    }

    void require(SignIn need) const override { static_cast<void>(tokens_.kind_for(need)); }

    [[nodiscard]] GatewayCounters counters() const override { return counters_; }

    [[nodiscard]] double requests_per_second() const override {
        return limited() ? Bucket::for_budget(settings_.requests_per_minute).refill_per_second : 0;
    }

  private:
    [[nodiscard]] bool limited() const { return settings_.requests_per_minute > 0; }

    [[nodiscard]] std::unique_ptr<SharedBudget> own_budget() const;
    asio::awaitable<Permit> admit(const Conversation& talk, std::string& token);
    asio::awaitable<Reply> attempt(Conversation& talk, std::string& token, const WriteCall* write);
    asio::awaitable<Reply> send(Conversation& talk, HttpRequest request);
    bool count(const Conversation& talk);
    asio::awaitable<void>
    take_note(const Conversation& talk, const Answer& answer, const Reply& reply);
    asio::awaitable<bool>
    is_refused_alone(const Conversation& talk, const Answer& answer, const Reply& reply);
    void log_attempt(const Conversation& talk, const Reply& reply) const;

    std::optional<std::chrono::seconds> wish(const Answer& answer) const {
        return retry_after(answer.headers, clock_.wall_now());
    }

    double random() { return std::uniform_real_distribution<double>(0, 1)(random_); }

    PartnerCenterSettings settings_;
    HttpTransport& http_;
    TokenSource& tokens_;
    Clock& clock_;
    std::unique_ptr<SharedBudget> local_budget_;
    SharedBudget* budget_;
    Gate gate_;
    GatewayCounters counters_;
    std::map<SignIn, Acceptance> acceptances_;
    std::uint64_t answers_ = 0;
    std::minstd_rand random_;
};

std::unique_ptr<SharedBudget> Gateway::own_budget() const {
    if (!limited()) {
        return nullptr;
    }
    return make_local_budget(settings_.requests_per_minute, [&clock = clock_] {
        return std::chrono::duration<double>(clock.now().time_since_epoch()).count();
    });
}

/// A permit and the token to use it with. A sign-in is waited for outside of the gate, where nobody
/// else waits for the permit.
asio::awaitable<Permit> Gateway::admit(const Conversation& talk, std::string& token) {
    for (;;) {
        token = co_await tokens_.token(talk.kind());
        Permit permit = co_await gate_.enter(talk.call());
        token = co_await tokens_.token(talk.kind());
        if (permit.good()) {
            co_return permit;
        }
    }
}

/// Whether a call may be sent, now that it is its turn.
asio::awaitable<bool> is_wanted(const WriteCall* write) {
    if (write == nullptr || !write->may_send) {
        co_return true;
    }
    co_return co_await write->may_send();
}

/// Nothing is replied where a call that changes something was withdrawn.
asio::awaitable<Reply>
Gateway::attempt(Conversation& talk, std::string& token, const WriteCall* write) {
    bool ask_about_mfa = false;
    bool fresh_connection = false;
    for (;;) {
        const Permit permit = co_await admit(talk, token);
        const bool wanted = co_await is_wanted(write);
        if (!wanted) {
            co_return Reply{};
        }
        bool withdrawn = false;
        ask_about_mfa = tokens_.take_mfa_question(talk.kind()) || ask_about_mfa;
        const std::uint64_t number = acceptances_[talk.kind()].number_of(token);
        HttpRequest request = talk.request(token, ask_about_mfa);
        request.fresh_connection = fresh_connection;
        request.may_leave = [&] {
            withdrawn = write != nullptr && write->may_leave && !write->may_leave();
            return !withdrawn && permit.good() && count(talk);
        };
        Reply reply = co_await send(talk, std::move(request));
        if (withdrawn) {
            co_return Reply{};
        }
        const auto kind = reply.trouble ? std::optional(reply.trouble->kind()) : std::nullopt;
        fresh_connection = kind == TransportError::Kind::stale;
        if (!fresh_connection && kind != TransportError::Kind::held_back) {
            reply.token = number;
            co_return reply;
        }
    }
}

asio::awaitable<Reply> Gateway::send(Conversation& talk, HttpRequest request) {
    Reply reply;
    reply.sent_at = clock_.now();
    try {
        reply.response = co_await http_.send(std::move(request));
        ++answers_;
    } catch (const TransportError& error) {
        reply.trouble = error;
    }
    if (!reply.trouble || reply.trouble->kind() != TransportError::Kind::held_back) {
        talk.count_attempt();
        log_attempt(talk, reply);
    }
    co_return reply;
}

/// A request leaves. Always true.
bool Gateway::count(const Conversation& talk) {
    ++counters_.requests;
    counters_.retries += talk.attempt() > 0 ? 1U : 0U;
    if (talk.call().attempts != nullptr) {
        ++*talk.call().attempts;
    }
    return true;
}

void Gateway::log_attempt(const Conversation& talk, const Reply& reply) const {
    const auto took = std::chrono::round<std::chrono::milliseconds>(clock_.now() - reply.sent_at);
    const Field outcome = reply.response ? Field(field::status, reply.response->status)
                                         : Field(field::error, reply.trouble->what());
    event(
        Level::debug,
        "api.request",
        {
            {field::path, talk.path()},
            {field::attempt, talk.attempt()},
            outcome,
            {field::ms, static_cast<long long>(took.count())},
            {field::request_id, talk.request_id()},
            {field::correlation_id, talk.correlation_id()},
        }
    );
}

/// What an answer says about more than its own call: throttling, MFA.
asio::awaitable<void>
Gateway::take_note(const Conversation& talk, const Answer& answer, const Reply& reply) {
    const std::optional<std::string>& customer = talk.call().customer_id;
    if (says_no(header(answer.headers, "isMfaCompliant"))) {
        event(
            Level::warn,
            "api.mfa_missing",
            {
                {field::error,
                 "the sign-in behind the refresh token had no MFA; Partner Center refuses such "
                 "calls from 2026 on"},
                {field::hint, consent_hint(settings_)},
            }
        );
    }
    if (answer.verdict != Verdict::throttled) {
        if (answer.status < 500) {
            gate_.succeeded(customer, reply.sent_at);
        }
        if (answer.status < 500 && answer.status != 401) {
            acceptances_[talk.kind()].accepted(reply.token);
        }
        co_return;
    }
    ++counters_.throttled;
    const Holds::Hold hold = gate_.throttled(customer, reply.sent_at, wish(answer));
    if (budget_ != nullptr) {
        std::optional<std::string> whom = hold.everything ? std::nullopt : customer;
        co_await budget_->block(std::move(whom), hold.time);
    }
}

/// Whether a call that was refused a second token is refused alone: that this token or a later one
/// serves others proves the sign-in good (earlier ones may have served better times). Where none
/// did yet, the partner's own list is asked for, unless this was no more; refused that, too, it
/// throws the `Error` that says so.
asio::awaitable<bool>
Gateway::is_refused_alone(const Conversation& talk, const Answer& answer, const Reply& reply) {
    if (answer.verdict != Verdict::sign_in || !talk.has_signed_in_again()) {
        co_return false;
    }
    if (acceptances_[talk.kind()].since(reply.token)) {
        co_return true;
    }
    if (talk.reads_partner()) {
        co_return false;
    }
    Call probe;
    probe.priority = talk.call().priority;
    probe.sign_in = talk.call().sign_in;
    probe.attempts = talk.call().attempts;
    probe.patient = talk.call().patient;
    probe.url = url_of("/v1/customers?size=1");
    co_await get(std::move(probe));
    co_return true;
}

asio::awaitable<Answer> Gateway::get(Call call) {
    const SignIn kind = tokens_.kind_for(call.sign_in);
    Conversation talk(settings_, std::move(call), kind, answers_);
    std::string token;
    for (;;) {
        Reply reply = co_await attempt(talk, token, nullptr);
        std::optional<std::chrono::milliseconds> pause;
        if (reply.trouble) {
            pause = talk.pause_after(*reply.trouble, answers_, random());
        } else {
            Answer answer = talk.read(std::move(*reply.response));
            co_await take_note(talk, answer, reply);
            if (co_await is_refused_alone(talk, answer, reply)) {
                talk.fail_alone(answer);
            }
            pause = talk.pause_after(answer, wish(answer), random());
            if (!pause) {
                co_return answer;
            }
            if (answer.verdict == Verdict::sign_in) {
                tokens_.refused(kind, token);
            }
        }
        if (*pause > 0ms) {
            co_await sleep_for(clock_, *pause);
        }
    }
}

asio::awaitable<Written> Gateway::write(WriteCall call) {
    const SignIn kind = tokens_.kind_for(call.call.sign_in);
    Conversation talk(settings_, call, kind, answers_);
    std::string token;
    for (;;) {
        Reply reply = co_await attempt(talk, token, &call);
        Written written;
        if (reply.trouble) {
            written.end = reply.trouble->sent() ? Written::End::unanswered : Written::End::not_sent;
            written.trouble =
                fmt::format("{} [request id {}]", reply.trouble->what(), talk.request_id());
            co_return written;
        }
        if (!reply.response) {
            written.end = Written::End::withdrawn;
            co_return written;
        }
        written.answer = talk.read(std::move(*reply.response));
        co_await take_note(talk, written.answer, reply);
        const bool alone = co_await is_refused_alone(talk, written.answer, reply);
        if (alone || !talk.may_sign_in_again(written.answer)) {
            written.retry_after = wish(written.answer);
            co_return written;
        }
        tokens_.refused(kind, token);
    }
}

} // namespace

std::unique_ptr<PartnerCenter> make_partner_center(
    asio::any_io_executor executor,
    const PartnerCenterSettings& settings,
    HttpTransport& http,
    TokenSource& tokens,
    SharedBudget* budget,
    Clock& clock
) {
    return std::make_unique<Gateway>(std::move(executor), settings, http, tokens, budget, clock);
}

} // namespace pcmirror
