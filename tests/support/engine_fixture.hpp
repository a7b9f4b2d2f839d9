#pragma once

#include "config/read.hpp"
#include "sync/db/shared_budget.hpp"
#include "sync/poll/pass.hpp"
#include "tests/support/impatient_transport.hpp"
#include "tests/support/simulator.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace pcmirror::testing {

/// Everything that `pcmirror sync` assembles, in this process: the real gateway and the real
/// stores, against a simulator and a database of the test's own.
class Engine {
  public:
    explicit Engine(
        const Simulator& simulator,
        const TestDatabase& database,
        const nlohmann::json& overrides = nlohmann::json::object()
    );
    ~Engine();

    /// One pass; throws what the pass throws.
    PassReport pass(const std::string& resource, PassOptions options = {});

    /// The same for a resource that is not shipped, beside the others of its catalogue.
    PassReport pass(const Catalogue& catalogue, const Resource& resource, PassOptions options = {});

    /// The same as the program does it: the session is looked after meanwhile, and somebody
    /// listens.
    PassReport pass_beside_heartbeat(
        const std::string& resource, PassListener& listener, PassOptions options = {}
    );

    /// Stops a pass once `when` says so. Fails the test where the pass ended by itself.
    void stop_pass(
        const std::string& resource,
        const std::function<bool()>& when,
        PassOptions options = {},
        PassListener* listener = nullptr
    );

    /// Works the queue until nothing is due; returns how many attempts were made, or throws what
    /// jobs wait for. `when_idle` is
    /// called again and again while all that is left is to wait. Whom the simulator lets hang gives
    /// up.
    std::size_t work_jobs(const std::function<void()>& when_idle = nullptr);

    /// From now on jobs read once what is to show their change, instead of for a minute.
    void read_once() { read_at_most_ = {}; }

    /// Customers, then subscriptions.
    std::vector<PassReport> sync(const PassOptions& options = {});

    template <typename T> T wait_for(asio::awaitable<T> work) {
        auto future = asio::co_spawn(loop_, std::move(work), asio::use_future);
        // Kept connections have timers of their own, so the loop never runs dry.
        loop_.restart();
        while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            loop_.run_one();
        return future.get();
    }

    PartnerCenter& api() { return *api_; }

    DaemonSession& session() { return session_; }

    Settings& settings() { return settings_; }

    [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

  private:
    asio::awaitable<PassReport> beside_heartbeat(asio::awaitable<PassReport> pass);
    void give_up_what_hangs();
    void look_after_session(const std::stop_token& stop);

    TemporaryDirectory directory_;
    Settings settings_;
    asio::io_context loop_;
    DatabasePool pool_;
    DaemonSession session_;
    std::unique_ptr<ImpatientTransport> http_;
    std::unique_ptr<TokenSource> tokens_;
    std::unique_ptr<SharedBudget> budget_;
    std::unique_ptr<PartnerCenter> api_;
    Mirror mirror_;
    std::chrono::milliseconds read_at_most_ = std::chrono::minutes(1);
    const Simulator& simulator_;
    std::set<std::uint64_t> given_up_; ///< requests, by their numbers in the simulator's log
    std::jthread heartbeat_;           ///< however slow the machine is
};

/// What the mirror shows of a resource, and what the simulator says it must: one JSON text a row,
/// members that are null left out, sorted. Equal when the mirror equals the world.
std::vector<std::string> mirrored(const TestDatabase& database, const std::string& resource);
std::vector<std::string> truth(const Simulator& simulator, const std::string& resource);

/// Rows that only one of them has, without a column where it is named: nothing when they are equal.
std::vector<std::string> differences(
    const TestDatabase& database,
    const Simulator& simulator,
    const std::string& resource,
    const std::string& but_for = ""
);

} // namespace pcmirror::testing
