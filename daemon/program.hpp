#pragma once

#include "config/settings.hpp"
#include "schema/catalogue.hpp"
#include "sync/db/pool.hpp"
#include "sync/db/session.hpp"
#include "sync/gateway/partner_center.hpp"
#include "sync/http/observed_transport.hpp"
#include "sync/poll/pass.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

namespace pcmirror {

/// The parts that talk to the database and to the API, in the order in which they start; they stop
/// in reverse. Making it connects to nothing.
class Program {
  public:
    /// Whose budget requests are counted against.
    enum class Budget {
        shared, ///< that of all processes on the database; without database no request leaves
        own,    ///< of this process alone, for when the database can't be asked
    };

    /// `observer`, where there is one, hears of each request, sign-ins included, on the event loop.
    Program(
        Settings settings,
        const std::string& kind,
        Budget budget = Budget::shared,
        RequestObserver observer = nullptr
    );
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    [[nodiscard]] const Settings& settings() const { return settings_; }

    [[nodiscard]] asio::any_io_executor executor() { return loop_.get_executor(); }

    [[nodiscard]] DatabasePool& pool() { return pool_; }

    [[nodiscard]] DaemonSession& session() { return session_; }

    [[nodiscard]] PartnerCenter& api() { return *api_; }

    [[nodiscard]] HttpTransport& http() { return *http_; }

    [[nodiscard]] TokenSource& tokens() { return *tokens_; }

    [[nodiscard]] Mirror& mirror() { return mirror_; }

    /// Runs the event loop until `work` has ended, and throws what it threw. While it runs, a
    /// registered session is kept alive.
    void run(asio::awaitable<void> work);

    /// Asks the work to end; any thread, also before `run`.
    void cancel();

    /// Has something done on the event loop; any thread.
    void post(std::function<void()> action);

  private:
    asio::awaitable<void> beside_heartbeat(asio::awaitable<void> work);

    Settings settings_;
    asio::io_context loop_{1};
    asio::cancellation_signal stop_;
    DatabasePool pool_;
    DaemonSession session_;
    std::unique_ptr<HttpTransport> http_;
    std::unique_ptr<TokenSource> tokens_;
    std::unique_ptr<SharedBudget> budget_;
    std::unique_ptr<PartnerCenter> api_;
    Mirror mirror_;
};

/// Whether this configuration and cloud have a resource at all; why not, in words, or empty.
std::string off_because(const Settings& settings, const Resource& resource);

} // namespace pcmirror
