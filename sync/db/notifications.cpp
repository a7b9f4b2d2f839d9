#include "sync/db/notifications.hpp"

#include "config/log.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <pqxx/notification>
#include <utility>

namespace pcmirror {
namespace {

constexpr auto pause_before_reconnect = std::chrono::seconds(5);

class Ear final : public pqxx::notification_receiver {
  public:
    Ear(pqxx::connection& connection,
        const std::string& channel,
        std::function<void(const std::string&)> told)
        : pqxx::notification_receiver(connection, channel), told_(std::move(told)) {}

    void operator()(const std::string& payload, int /*backend*/) override { told_(payload); }

  private:
    std::function<void(const std::string&)> told_;
};

struct Opened {
    DatabaseConnection database;
    std::unique_ptr<Ear> ear;
};

struct Line {
    DatabaseConnection database;
    std::unique_ptr<Ear> ear;
    std::unique_ptr<asio::posix::stream_descriptor> socket;

    Line() = default;
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    ~Line() {
        // The descriptor belongs to the database's library.
        if (socket)
            socket->release();
        ear.reset();
    }
};

/// Ends by throwing.
asio::awaitable<void> hear(Line& line) {
    line.socket = std::make_unique<asio::posix::stream_descriptor>(
        co_await asio::this_coro::executor, line.database->sock()
    );
    for (;;) {
        co_await line.socket->async_wait(
            asio::posix::stream_descriptor::wait_read, asio::use_awaitable
        );
        line.database->get_notifs();
    }
}

} // namespace

asio::awaitable<void>
listen_to(std::string channel, DatabasePool& pool, Secret url, Hearing hearing) {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (;;) {
        Line line;
        std::string trouble;
        try {
            // Not here: a database that hangs would keep everything waiting for its answer.
            Opened opened = co_await pool.run("listening", [&](pqxx::connection&) {
                Opened made;
                made.database = open_database(url, "listening to " + channel);
                made.ear = std::make_unique<Ear>(*made.database, channel, hearing.told);
                return made;
            });
            line.database = std::move(opened.database);
            line.ear = std::move(opened.ear);
            hearing.listening();
            co_await hear(line);
        } catch (const DatabaseError& error) {
            trouble = error.what();
        } catch (const pqxx::failure& error) {
            trouble = error.what();
        }
        event(
            Level::debug, "database.not_listening", {{"channel", channel}, {field::error, trouble}}
        );
        hearing.lost();
        pause.expires_after(pause_before_reconnect);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

} // namespace pcmirror
