#include "daemon/program.hpp"

#include "sync/db/shared_budget.hpp"
#include "sync/poll/tasks.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace pcmirror {
namespace {

HttpOptions http_options(const PartnerCenterSettings& settings) {
    HttpOptions options;
    options.ca_file = settings.tls_ca_file;
    options.proxy = settings.proxy;
    options.connections = static_cast<std::size_t>(settings.concurrency);
    options.connect_timeout =
        std::min<std::chrono::milliseconds>(options.connect_timeout, settings.request_timeout);
    return options;
}

std::unique_ptr<SharedBudget>
shared_budget(Program::Budget budget, const PartnerCenterSettings& settings, DatabasePool& pool) {
    if (budget == Program::Budget::own)
        return nullptr;
    return make_database_budget(pool, settings.requests_per_minute);
}

std::unique_ptr<HttpTransport> transport(
    const asio::any_io_executor& executor,
    const PartnerCenterSettings& settings,
    RequestObserver observer
) {
    std::unique_ptr<HttpTransport> plain = make_http_transport(executor, http_options(settings));
    return observer ? observed(std::move(plain), std::move(observer)) : std::move(plain);
}

} // namespace

Program::Program(
    Settings settings, const std::string& kind, Budget budget, RequestObserver observer
)
    : settings_(std::move(settings)),
      pool_(loop_.get_executor(), settings_.database.url, settings_.database.pool_size, kind),
      session_(settings_.database.url, kind),
      http_(transport(loop_.get_executor(), settings_.partner_center, std::move(observer))),
      tokens_(make_token_source(settings_.partner_center, *http_)),
      budget_(shared_budget(budget, settings_.partner_center, pool_)),
      api_(make_partner_center(
          loop_.get_executor(), settings_.partner_center, *http_, *tokens_, budget_.get()
      )),
      mirror_{settings_, catalogue(), *api_, pool_, session_} {}

Program::~Program() {
    session_.close();
}

void Program::run(asio::awaitable<void> work) {
    std::exception_ptr failure;
    asio::co_spawn(
        loop_,
        beside_heartbeat(std::move(work)),
        asio::bind_cancellation_slot(
            stop_.slot(),
            [this, &failure](std::exception_ptr error) {
                failure = std::move(error);
                // All work has ended; what is left are timers of idle connections.
                loop_.stop();
            }
        )
    );
    loop_.restart();
    loop_.run();
    if (failure)
        std::rethrow_exception(failure);
}

void Program::cancel() {
    post([this] { stop_.emit(asio::cancellation_type::terminal); });
}

void Program::post(std::function<void()> action) {
    asio::post(loop_, std::move(action));
}

asio::awaitable<void> Program::beside_heartbeat(asio::awaitable<void> work) {
    TaskGroup heartbeat(co_await asio::this_coro::executor);
    if (session_.id() != 0)
        heartbeat.spawn(keep_alive(session_, pool_));
    std::exception_ptr failure;
    try {
        co_await std::move(work);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await tokens_->settle();
    heartbeat.cancel();
    co_await heartbeat.join();
    if (failure)
        std::rethrow_exception(failure);
}

std::string off_because(const Settings& settings, const Resource& resource) {
    if (std::ranges::count(resource.missing_in, settings.partner_center.cloud) > 0)
        return "this cloud does not have it";
    if (settings.partner_center.auth == Auth::app_only && resource.sign_in == SignIn::user)
        return "a user's sign-in is needed, and partner_center.auth is app_only";
    return {};
}

} // namespace pcmirror
