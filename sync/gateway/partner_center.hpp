#pragma once

#include "config/settings.hpp"
#include "sync/gateway/budget.hpp"
#include "sync/http/clock.hpp"
#include "sync/http/retry.hpp"
#include "sync/http/token.hpp"
#include "sync/http/transport.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pcmirror {

/// Order in the gateway's queue; each class keeps a minimum share (8:4:2:1), so none starves.
enum class Priority { write_back, on_demand, change_feed, poll };

/// One reading call.
struct Call {
    Priority priority = Priority::poll;
    SignIn sign_in = SignIn::app;
    std::string url; ///< absolute (see `PartnerCenter::url_of`, `resolve_link`)
    Headers headers; ///< beyond those of every request
    std::optional<std::string> customer_id; ///< whose data it is; none: the partner's own
    std::uint64_t* attempts = nullptr;      ///< counted up with each attempt; must outlive the call
    /// Else whoever asks comes back: it is asked once, and not while its customer is held back
    /// (`NotNow`). While everybody is held back it waits like all others.
    bool patient = true;
};

/// One call that changes something. Sent once, unless its token was refused: then nothing was done.
struct WriteCall {
    Call call;
    std::string method;
    std::string body; ///< JSON; empty: none
    std::string request_id;
    /// Asked when it is the call's turn; no: it stays away. May wait for the database.
    std::function<asio::awaitable<bool>()> may_send = nullptr;
    /// Asked once more right before the first byte. Waits for nothing.
    std::function<bool()> may_leave = nullptr;
    /// Masks what is secret in what the API says of a failure, before that is tidied and cut.
    Masking mask = nullptr;
};

/// The last answer to a call, after refreshes and retries.
struct Answer {
    Verdict verdict = Verdict::failed;
    int status = 0;
    Headers headers;
    std::string body; ///< decompressed, as sent (a byte order mark may lead)
    ApiError error;
    std::string request_id;
    std::string correlation_id;

    /// For messages: `403 (code 20002): no relationship ... [request id ...]`.
    [[nodiscard]] std::string describe() const;

    /// Of a call about a customer: that it is not the partner's, or not any more.
    [[nodiscard]] bool knows_no_customer() const;
};

/// What became of a call that changes something.
struct Written {
    enum class End {
        answered,
        unanswered, ///< nobody knows whether it took effect
        not_sent,   ///< it did not: there was no connection, or nothing left
        withdrawn,  ///< `may_send` or `may_leave` said no
    };

    End end = End::answered;
    Answer answer;       ///< of an answered one
    std::string trouble; ///< why there is no answer, with the request id
    std::optional<std::chrono::seconds> retry_after = {};
};

/// The call may go well at another time (retry_later).
class NotNow : public Error {
  public:
    NotNow(const std::string& message, std::chrono::milliseconds asked)
        : Error(Recovery::retry_later, message), asked_(asked) {}

    /// For how long the API wants not to be asked again; 0: it did not say.
    [[nodiscard]] std::chrono::milliseconds asked() const { return asked_; }

  private:
    std::chrono::milliseconds asked_;
};

/// The API asked to send nothing at all for longer than a call may wait. It says nothing about the
/// call that met it: whoever has more of them to make ends here.
class HeldForLong : public NotNow {
  public:
    using NotNow::NotNow;
};

/// How long the API asked to wait after what ended so; 0: it did not.
std::chrono::milliseconds asked_to_wait(const Error& error);

/// Whether other calls may still go well after this.
bool is_of_one_call(const Error& error);

/// Figures for progress and `sync_runs`.
struct GatewayCounters {
    std::uint64_t requests = 0; ///< attempts sent to the API, token requests not counted
    std::uint64_t throttled = 0;
    std::uint64_t retries = 0;
};

/// The one gate to the API: priority queue, concurrency that halves on 429 and grows back, shared
/// budget, tokens, request and correlation ids (one request id for all attempts of a call),
/// retries by class, `Retry-After` for the customer or for all. Runs on one thread.
class PartnerCenter {
  public:
    virtual ~PartnerCenter() = default;

    /// Sends a GET until its answer is final. A refusal or a 404 is a value. Throws `Error`:
    /// `NotNow` when the last attempt got no answer or an answer of the passing kind (the message
    /// says which, how often, and the request id), fix_api for sign-in trouble that a person must
    /// mend and when patience did not help to reach anything at all; `HeldForLong`. A token refused
    /// twice is the call's own trouble (skip_scope) where it, or one after it, serves others.
    virtual asio::awaitable<Answer> get(Call call) = 0;

    /// Sends a request that changes something, once. Whatever is answered is a value, also 429 and
    /// 5xx, and 401 where the API takes the token for other calls; whether to send it again is the
    /// caller's to decide. Where it throws, the request had no effect. Throws `Error`: fix_api for
    /// sign-in trouble that a person must mend; retry_later where that can't be told yet; `NotNow`
    /// where it could not leave; `HeldForLong`.
    virtual asio::awaitable<Written> write(WriteCall call) = 0;

    /// `/v1/customers?size=500` as an absolute URL.
    [[nodiscard]] virtual std::string url_of(std::string_view path_and_query) const = 0;
    [[nodiscard]] virtual const std::string& base_url() const = 0;

    /// Whether this configuration can make calls of this need at all (app-only can't for users).
    [[nodiscard]] virtual bool serves(SignIn need) const = 0;

    /// Like `serves`, throwing the `Error` that says why not.
    virtual void require(SignIn need) const = 0;

    [[nodiscard]] virtual GatewayCounters counters() const = 0;

    /// Requests per second that the budget leaves, 0 without one; for progress displays.
    [[nodiscard]] virtual double requests_per_second() const = 0;
};

/// The parts must outlive it, and it must outlive its calls while the loop runs. Without `budget`
/// (no database) the process keeps to `requests_per_minute` by itself; 0 there: no budget at all,
/// but a `budget` is still asked whether others were throttled, and told.
std::unique_ptr<PartnerCenter> make_partner_center(
    asio::any_io_executor executor,
    const PartnerCenterSettings& settings,
    HttpTransport& http,
    TokenSource& tokens,
    SharedBudget* budget,
    Clock& clock = system_clock()
);

} // namespace pcmirror
