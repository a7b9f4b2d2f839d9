#include "sync/http/token.hpp"

#include "config/log.hpp"
#include "config/read.hpp"
#include "sync/http/sign_in.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;

/// Jobs in flight must not see a token expire under them.
constexpr auto renew_early = 5min;
/// A sign-in that a person has to mend is tried again so often, or when a file of it changes.
constexpr auto probe_every = 3min;
/// A service that can't be reached may be back at any moment, and is not bothered by attempts.
constexpr auto reach_again = 5s;
/// While the old token is good, a renewal that failed in passing is tried again so often.
constexpr auto renew_again = 30s;

/// One refresh and all calls that wait for it.
struct Flight {
    std::vector<Alarm*> waiting;
    std::vector<Alarm*> watching; ///< its end only, not its token
    bool landed = false;
    std::string token;
    std::exception_ptr failure;
};

class Waiting {
  public:
    using List = std::vector<Alarm*> Flight::*;

    Waiting(std::shared_ptr<Flight> flight, List list, std::unique_ptr<Alarm> alarm)
        : flight_(std::move(flight)), list_(list), alarm_(std::move(alarm)) {
        (*flight_.*list_).push_back(alarm_.get());
    }

    ~Waiting() { std::erase(*flight_.*list_, alarm_.get()); }

    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    asio::awaitable<void> landing() {
        while (!flight_->landed) {
            co_await alarm_->wait_until(Instant::max());
        }
    }

  private:
    std::shared_ptr<Flight> flight_;
    List list_;
    std::unique_ptr<Alarm> alarm_;
};

/// A file that can't be written is the configuration's fault, but here what counts is that no call
/// can be made before somebody acted.
Error as_sign_in_trouble(const Error& error) {
    return error.recovery() == Recovery::fix_config
               ? Error(Recovery::fix_api, std::string("signing in: ") + error.what(), error.hint())
               : error;
}

/// One kind of token. Shared with the refresh under way, which may end after the token source does.
class Seat {
  public:
    Seat(const PartnerCenterSettings& settings, HttpTransport& http, Clock& clock, SignIn kind)
        : runner_(settings, http, clock, kind), clock_(clock), kind_(kind) {}

    static asio::awaitable<std::string> token(std::shared_ptr<Seat> seat);
    static asio::awaitable<void> settle(std::shared_ptr<Seat> seat);

    void refused(const std::string& token) {
        if (token == token_.reveal()) {
            token_ = Secret();
        }
    }

    bool take_mfa_question() { return std::exchange(mfa_question_, false); }

    void stop() {
        if (flight_) {
            stop_.emit(asio::cancellation_type::terminal);
        }
    }

  private:
    /// Ends the flight of a refresh, also of one that is dropped with its event loop.
    class Landing {
      public:
        explicit Landing(std::shared_ptr<Seat> seat) : seat_(std::move(seat)) {}

        ~Landing() { seat_->flight_.reset(); }

        Landing(const Landing&) = delete;
        Landing& operator=(const Landing&) = delete;

      private:
        std::shared_ptr<Seat> seat_;
    };

    static asio::awaitable<void> refresh(std::shared_ptr<Seat> seat);
    static void
    start_refresh(const std::shared_ptr<Seat>& seat, const asio::any_io_executor& executor);
    void throw_known_failure();
    void adopt(TokenAnswer answer);
    void remember(const Error& error);
    void land(std::exception_ptr failure);

    SignInRunner runner_;
    Clock& clock_;
    SignIn kind_;
    Secret token_; ///< empty: none, or refused by the API
    Instant renew_at_ = Instant::min();
    Instant expires_at_ = Instant::min();
    bool mfa_question_ = false;
    std::shared_ptr<Flight> flight_;
    std::optional<Error> failure_; ///< that a person has to mend
    Instant probe_at_ = Instant::min();
    std::string failed_with_files_;
    asio::cancellation_signal stop_;
};

asio::awaitable<std::string> Seat::token(std::shared_ptr<Seat> seat) {
    if (!seat->token_.empty() && seat->clock_.now() < seat->renew_at_) {
        co_return seat->token_.reveal();
    }
    seat->throw_known_failure();
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const bool first = !seat->flight_;
    if (first) {
        seat->flight_ = std::make_shared<Flight>();
    }
    const std::shared_ptr<Flight> flight = seat->flight_;
    Waiting waiting(flight, &Flight::waiting, seat->clock_.make_alarm(executor));
    if (first) {
        start_refresh(seat, executor);
    }
    co_await waiting.landing();
    if (flight->failure) {
        std::rethrow_exception(flight->failure);
    }
    co_return flight->token;
}

asio::awaitable<void> Seat::settle(std::shared_ptr<Seat> seat) {
    const std::shared_ptr<Flight> flight = seat->flight_;
    if (!flight) {
        co_return;
    }
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    Waiting waiting(flight, &Flight::watching, seat->clock_.make_alarm(executor));
    seat->runner_.hurry();
    co_await waiting.landing();
}

void Seat::throw_known_failure() {
    if (!failure_) {
        return;
    }
    if (clock_.now() < probe_at_ && runner_.files() == failed_with_files_) {
        throw Error(*failure_);
    }
    failure_.reset();
}

/// The refresh is nobody's in particular, so that a caller who is cancelled takes no token from
/// the others, and no rotated refresh token is lost with him. It ends by itself: with nobody
/// waiting it makes no further attempt.
void Seat::start_refresh(const std::shared_ptr<Seat>& seat, const asio::any_io_executor& executor) {
    asio::co_spawn(
        executor,
        refresh(seat),
        asio::bind_cancellation_slot(seat->stop_.slot(), [seat](const std::exception_ptr&) {})
    );
}

asio::awaitable<void> Seat::refresh(std::shared_ptr<Seat> seat) {
    const Landing landing(seat);
    const std::shared_ptr<Flight> flight = seat->flight_;
    std::exception_ptr failure;
    try {
        std::function<bool()> wanted = [flight] { return !flight->waiting.empty(); };
        TokenAnswer answer = co_await seat->runner_.run(std::move(wanted));
        seat->adopt(std::move(answer));
    } catch (const Error& error) {
        const Error trouble = as_sign_in_trouble(error);
        seat->remember(trouble);
        failure = std::make_exception_ptr(trouble);
    } catch (const std::exception&) {
        failure = std::current_exception();
    }
    seat->land(failure);
}

void Seat::adopt(TokenAnswer answer) {
    const Instant now = clock_.now();
    const std::chrono::milliseconds life = answer.expires_in;
    token_ = std::move(answer.access_token);
    expires_at_ = now + life;
    renew_at_ = now + std::max<std::chrono::milliseconds>(life - renew_early, life / 2);
    mfa_question_ = kind_ == SignIn::user;
    event(Level::debug, "sign_in.renewed", {{field::after, show_duration(answer.expires_in)}});
}

void Seat::remember(const Error& error) {
    if (error.recovery() == Recovery::fix_api) {
        failure_ = error;
        probe_at_ = clock_.now();
        probe_at_ += runner_.reached() ? std::chrono::milliseconds(probe_every) : reach_again;
        failed_with_files_ = runner_.files_read();
    }
}

void Seat::land(std::exception_ptr failure) {
    const bool still_good = !failure_ && !token_.empty() && clock_.now() < expires_at_;
    if (failure && still_good) {
        renew_at_ = std::min<Instant>(expires_at_, clock_.now() + renew_again);
        failure = nullptr;
    }
    flight_->landed = true;
    flight_->token = token_.reveal();
    flight_->failure = std::move(failure);
    for (const auto list : {&Flight::waiting, &Flight::watching}) {
        for (Alarm* alarm : *flight_.*list) {
            alarm->ring();
        }
    }
}

class Tokens final : public TokenSource {
  public:
    Tokens(const PartnerCenterSettings& settings, HttpTransport& http, Clock& clock)
        : auth_(settings.auth), app_(std::make_shared<Seat>(settings, http, clock, SignIn::app)),
          user_(std::make_shared<Seat>(settings, http, clock, SignIn::user)) {}

    ~Tokens() override {
        app_->stop();
        user_->stop();
    }

    Tokens(const Tokens&) = delete;
    Tokens& operator=(const Tokens&) = delete;

    [[nodiscard]] SignIn kind_for(SignIn need) const override {
        if (auth_ != Auth::app_only) {
            return auth_ == Auth::app_user ? SignIn::user : need;
        }
        if (need == SignIn::user) {
            throw Error(
                Recovery::skip_scope,
                "this needs a user's sign-in, and partner_center.auth is app_only",
                "set partner_center.auth to auto or app_user and obtain a user's consent"
            );
        }
        return SignIn::app;
    }

    asio::awaitable<std::string> token(SignIn kind) override { return Seat::token(seat(kind)); }

    asio::awaitable<void> settle() override {
        co_await Seat::settle(app_);
        co_await Seat::settle(user_);
    }

    void refused(SignIn kind, const std::string& token) override { seat(kind)->refused(token); }

    bool take_mfa_question(SignIn kind) override { return seat(kind)->take_mfa_question(); }

  private:
    [[nodiscard]] const std::shared_ptr<Seat>& seat(SignIn kind) const {
        return kind == SignIn::app ? app_ : user_;
    }

    Auth auth_;
    std::shared_ptr<Seat> app_;
    std::shared_ptr<Seat> user_;
};

} // namespace

std::unique_ptr<TokenSource>
make_token_source(const PartnerCenterSettings& settings, HttpTransport& http, Clock& clock) {
    return std::make_unique<Tokens>(settings, http, clock);
}

} // namespace pcmirror
