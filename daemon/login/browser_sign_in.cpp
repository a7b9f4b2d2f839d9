#include "daemon/login/browser_sign_in.hpp"

#include "daemon/login/end_page.hpp"
#include "daemon/login/login_words.hpp"
#include "sync/http/url.hpp"

#include <boost/asio/this_coro.hpp>
#include <exception>
#include <fmt/format.h>
#include <utility>

namespace pcmirror {
namespace {

/// The proxy or tunnel in front of the listener sends its own name.
WebOptions web_options(const std::string& redirect_uri) {
    WebOptions options;
    options.more_methods = {"POST"}; // response_mode=form_post
    if (redirect_uri.empty())
        return options;
    try {
        options.more_names = {http::parse_url(redirect_uri).authority()};
    } catch (const Error& error) {
        throw Error(
            Recovery::fix_config,
            fmt::format("--redirect-uri: {}", error.what()),
            "give it as it is registered, such as https://sign-in.contoso.com/pcmirror"
        );
    }
    return options;
}

std::string redirect_uri_of(const LoginOptions& options, std::uint16_t port) {
    // Without a slash at the end, as Microsoft's own libraries send it: it matches a registered
    // http://localhost on any port.
    return options.redirect_uri.empty() ? fmt::format("http://localhost:{}", port)
                                        : options.redirect_uri;
}

Error as_error(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        return error;
    } catch (const std::exception& error) {
        return {Recovery::bug, is_cancellation(failure) ? "pcmirror was stopped" : error.what()};
    }
}

} // namespace

BrowserSignIn::BrowserSignIn(
    const asio::any_io_executor& executor,
    const PartnerCenterSettings& settings,
    HttpTransport& http,
    Clock& clock,
    const LoginOptions& options
)
    : settings_(settings), clock_(clock), time_limit_(options.time_limit),
      redemption_(settings, http, clock),
      server_(
          executor,
          fmt::format("localhost:{}", options.port),
          [this](WebRequest request) { return answer(std::move(request)); },
          web_options(options.redirect_uri)
      ),
      authorization_(Authorization::to(redirect_uri_of(options, server_.port()))),
      came_(clock.make_alarm(executor)), ended_(executor) {}

asio::awaitable<WebAnswer> BrowserSignIn::answer(WebRequest request) {
    // Whoever only looks whether there is something brings nothing back.
    const bool looks_only = request.method == "HEAD";
    WebFields fields = std::move(request.query);
    if (request.method == "POST")
        fields = decode_form(request.body).value_or(WebFields());
    Back back = read_back(fields, authorization_.state);
    if (looks_only || std::holds_alternative<NothingBack>(back))
        co_return nothing_page();
    if (std::holds_alternative<ForeignBack>(back))
        co_return foreign_page();
    if (!back_) {
        back_ = std::move(back);
        came_->ring();
    }
    // A browser that comes twice is told the same twice.
    while (!end_page_)
        co_await ended_.wait();
    co_return *end_page_;
}

/// Waits for the browser; throws where it brought a refusal, or did not come.
asio::awaitable<Form> BrowserSignIn::grant() {
    co_await came_->wait_until(clock_.now() + time_limit_);
    if (!back_)
        throw nobody_came(time_limit_, LoginWay::browser);
    if (const auto* const refusal = std::get_if<SignInRefusal>(&*back_))
        throw explain_login(*refusal, settings_, LoginWay::browser, redirect_uri());
    co_return authorization_.grant(std::get<Secret>(*back_));
}

asio::awaitable<void> BrowserSignIn::sign_in(const KeepTokens& keep) {
    Form code = co_await grant();
    Redemption::Reply reply = co_await redemption_.ask_patiently(std::move(code));
    if (!reply.tokens)
        throw explain_login(reply.refusal, settings_, LoginWay::browser, redirect_uri());
    co_await keep(*reply.tokens);
}

void BrowserSignIn::end(const std::exception_ptr& failure) {
    end_page_ = failure ? failure_page(as_error(failure))
                        : success_page(settings_.refresh_token_file.string());
    ended_.notify();
    server_.finish();
}

asio::awaitable<void> BrowserSignIn::run(KeepTokens keep) {
    TaskGroup serving(co_await asio::this_coro::executor);
    serving.spawn(server_.serve());
    std::exception_ptr failure;
    try {
        co_await sign_in(keep);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    end(failure);
    co_await serving.join();
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace pcmirror
