#include "sync/write/job_alarm.hpp"

#include "config/log.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <pqxx/notification>
#include <utility>

namespace pcmirror {
namespace {

constexpr auto pause_before_reconnect = std::chrono::seconds(5);

class Bell final : public pqxx::notification_receiver {
  public:
    Bell(pqxx::connection& connection, std::function<void()> ring)
        : pqxx::notification_receiver(connection, "pcmirror_jobs"), ring_(std::move(ring)) {}

    void operator()(const std::string& /*payload*/, int /*backend*/) override { ring_(); }

  private:
    std::function<void()> ring_;
};

} // namespace

struct JobAlarm::Connection {
    DatabaseConnection database;
    std::unique_ptr<Bell> bell;
    std::unique_ptr<asio::posix::stream_descriptor> socket;

    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    ~Connection() {
        // The descriptor belongs to the database's library.
        if (socket)
            socket->release();
        bell.reset();
    }
};

JobAlarm::JobAlarm(const asio::any_io_executor& executor, DatabasePool& pool, Secret url)
    : executor_(executor), pool_(pool), url_(std::move(url)), signal_(executor) {}

JobAlarm::~JobAlarm() = default;

void JobAlarm::ring() {
    rung_ = true;
    signal_.notify();
}

void JobAlarm::tell() {
    news_ = true;
    ring();
}

asio::awaitable<bool> JobAlarm::wait_for(std::chrono::milliseconds time) {
    if (!rung_)
        co_await signal_.wait_for(time);
    co_return std::exchange(rung_, false);
}

asio::awaitable<void> JobAlarm::listen() {
    for (;;) {
        Connection connection;
        std::string trouble;
        try {
            connection.database = co_await pool_.run("listening for jobs", [&](pqxx::connection&) {
                return open_database(url_, "jobs");
            });
            connection.bell = std::make_unique<Bell>(*connection.database, [this] { tell(); });
            tell();
            co_await listen_on(connection);
        } catch (const DatabaseError& error) {
            trouble = error.what();
        } catch (const pqxx::failure& error) {
            trouble = error.what();
        }
        event(Level::debug, "jobs.not_listening", {{field::error, trouble}});
        // Whoever claims now finds out whether it is the database that is away.
        tell();
        co_await sleep_for(pause_before_reconnect);
    }
}

/// Ends by throwing.
asio::awaitable<void> JobAlarm::listen_on(Connection& connection) {
    connection.socket =
        std::make_unique<asio::posix::stream_descriptor>(executor_, connection.database->sock());
    for (;;) {
        co_await connection.socket->async_wait(
            asio::posix::stream_descriptor::wait_read, asio::use_awaitable
        );
        connection.database->get_notifs();
    }
}

} // namespace pcmirror
