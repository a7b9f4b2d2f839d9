#include "tests/support/engine_fixture.hpp"

#include "sync/poll/tasks.hpp"
#include "sync/write/operation_store.hpp"
#include "sync/write/workers.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/system_error.hpp>
#include <condition_variable>
#include <gtest/gtest.h>
#include <iterator>
#include <mutex>

namespace pcmirror::testing {
namespace {

using nlohmann::json;

HttpOptions http_options(const PartnerCenterSettings& settings) {
    HttpOptions options;
    options.ca_file = settings.tls_ca_file;
    options.connections = static_cast<std::size_t>(settings.concurrency);
    return options;
}

std::string without_nulls(json row) {
    for (auto member = row.begin(); member != row.end();)
        member = member->is_null() ? row.erase(member) : std::next(member);
    return row.dump();
}

} // namespace

Engine::Engine(const Simulator& simulator, const TestDatabase& database, const json& overrides)
    : settings_(read_settings(
          write_config(directory_.path(), simulator, database.url(), overrides), catalogue()
      )),
      pool_(loop_.get_executor(), settings_.database.url, 4, "test"),
      session_(settings_.database.url, "test"),
      http_(std::make_unique<ImpatientTransport>(
          make_http_transport(loop_.get_executor(), http_options(settings_.partner_center))
      )),
      tokens_(make_token_source(settings_.partner_center, *http_)),
      budget_(
          settings_.partner_center.requests_per_minute == 0
              ? nullptr
              : make_database_budget(pool_, settings_.partner_center.requests_per_minute)
      ),
      api_(make_partner_center(
          loop_.get_executor(), settings_.partner_center, *http_, *tokens_, budget_.get()
      )),
      mirror_{settings_, catalogue(), *api_, pool_, session_}, simulator_(simulator) {
    session_.renew();
    heartbeat_ = std::jthread([this](const std::stop_token& stop) { look_after_session(stop); });
}

Engine::~Engine() = default;

PassReport Engine::pass(const std::string& resource, PassOptions options) {
    return wait_for(run_pass(mirror_, *catalogue().find(resource), std::move(options), nullptr));
}

PassReport Engine::pass(const Catalogue& catalogue, const Resource& resource, PassOptions options) {
    Mirror mirror{settings_, catalogue, *api_, pool_, session_};
    return wait_for(run_pass(mirror, resource, std::move(options), nullptr));
}

PassReport Engine::pass_beside_heartbeat(
    const std::string& resource, PassListener& listener, PassOptions options
) {
    return wait_for(beside_heartbeat(
        run_pass(mirror_, *catalogue().find(resource), std::move(options), &listener)
    ));
}

asio::awaitable<PassReport> Engine::beside_heartbeat(asio::awaitable<PassReport> pass) {
    TaskGroup heartbeat(loop_.get_executor());
    heartbeat.spawn(keep_alive(session_, pool_));
    PassReport report;
    std::exception_ptr failure;
    try {
        report = co_await std::move(pass);
    } catch (...) {
        failure = std::current_exception();
    }
    heartbeat.cancel();
    co_await heartbeat.join();
    if (failure)
        std::rethrow_exception(failure);
    co_return report;
}

void Engine::stop_pass(
    const std::string& resource,
    const std::function<bool()>& when,
    PassOptions options,
    PassListener* listener
) {
    asio::cancellation_signal stop;
    auto ended = asio::co_spawn(
        loop_,
        run_pass(mirror_, *catalogue().find(resource), std::move(options), listener),
        asio::bind_cancellation_slot(stop.slot(), asio::use_future)
    );
    const auto running = [&] {
        return ended.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
    };
    loop_.restart();
    while (running() && !when())
        loop_.run_one_for(std::chrono::milliseconds(20));
    stop.emit(asio::cancellation_type::terminal);
    while (running())
        loop_.run_one();
    EXPECT_THROW(ended.get(), boost::system::system_error) << "the pass was not stopped";
}

std::size_t Engine::work_jobs(const std::function<void()>& when_idle) {
    pool_.run_now("writing the operations", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        write_operations(
            work,
            operation_catalogue(),
            AllowedOperations(settings_.write_back.operations),
            session_.id()
        );
        work.commit();
    });
    Workers workers(loop_.get_executor(), mirror_, read_at_most_);
    auto ended = asio::co_spawn(loop_, workers.work_until_empty(), asio::use_future);
    loop_.restart();
    while (ended.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        if (loop_.run_one_for(std::chrono::milliseconds(20)) > 0)
            continue;
        give_up_what_hangs();
        if (when_idle)
            when_idle();
    }
    const Worked worked = ended.get();
    if (worked.trouble)
        throw Error(*worked.trouble);
    return workers.attempts();
}

void Engine::give_up_what_hangs() {
    if (!http_->waits())
        return;
    for (const json& entry : simulator_.control_lines("/log")) {
        const std::string fault = entry.at("fault");
        if (fault.starts_with("hang") &&
            given_up_.insert(entry.at("number").get<std::uint64_t>()).second)
            http_->give_up(entry.at("request_id"));
    }
}

void Engine::look_after_session(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        stopped.wait_for(lock, stop, std::chrono::seconds(15), [] { return false; });
        if (!stop.stop_requested())
            try {
                session_.renew();
            } catch (const Error&) {
                // A test has taken the database away; what needs the session says so.
            }
    }
}

std::vector<PassReport> Engine::sync(const PassOptions& options) {
    std::vector<PassReport> reports;
    reports.push_back(pass("customers", options));
    reports.push_back(pass("subscriptions", options));
    return reports;
}

std::vector<std::string> mirrored(const TestDatabase& database, const std::string& resource) {
    std::vector<std::string> rows;
    for (const auto& row : database.rows(
             "select (to_jsonb(t) - 'first_seen_at' - 'changed_at')::text from partner_center." +
             resource + " t"
         ))
        rows.push_back(without_nulls(json::parse(*row.front())));
    std::ranges::sort(rows);
    return rows;
}

std::vector<std::string> truth(const Simulator& simulator, const std::string& resource) {
    std::vector<std::string> rows;
    for (const json& row : simulator.control_lines("/truth/" + resource))
        rows.push_back(without_nulls(row));
    std::ranges::sort(rows);
    return rows;
}

std::vector<std::string> differences(
    const TestDatabase& database,
    const Simulator& simulator,
    const std::string& resource,
    const std::string& but_for
) {
    const auto without = [&](const std::vector<std::string>& rows) {
        std::vector<std::string> rest;
        for (const std::string& row : rows) {
            json members = json::parse(row);
            members.erase(but_for);
            rest.push_back(members.dump());
        }
        std::ranges::sort(rest);
        return rest;
    };
    const std::vector<std::string> shown = without(mirrored(database, resource));
    const std::vector<std::string> there = without(truth(simulator, resource));
    std::vector<std::string> apart;
    std::ranges::set_symmetric_difference(shown, there, std::back_inserter(apart));
    return apart;
}

} // namespace pcmirror::testing
