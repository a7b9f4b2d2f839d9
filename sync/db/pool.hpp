#pragma once

#include "config/settings.hpp"
#include "schema/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <type_traits>

namespace pcmirror {

namespace asio = boost::asio;

/// What a database error means, with SQLSTATE: a lost connection is not a refused statement.
enum class DatabaseTrouble {
    unreachable, ///< connection refused or lost
    in_doubt,    ///< the connection was lost during COMMIT
    retryable,   ///< serialization failure or deadlock
    full,        ///< disk full, out of memory, too many connections (class 53)
    denied,      ///< missing rights (42501)
    schema,      ///< missing table, column, function (42P01, 42703, 42883, 3F000)
    other,
};

/// Turns any exception of libpqxx into an `Error` (fix_database) in words with what to do:
/// connection string without password, role, the statement's error; disk full is retry_later.
class DatabaseError : public Error {
  public:
    DatabaseError(
        DatabaseTrouble trouble,
        Recovery recovery,
        const std::string& message,
        std::string hint,
        std::string sqlstate = {}
    );

    [[nodiscard]] DatabaseTrouble trouble() const { return trouble_; }

    [[nodiscard]] const std::string& sqlstate() const { return sqlstate_; }

  private:
    DatabaseTrouble trouble_;
    std::string sqlstate_;
};

/// Rethrows the exception being handled as `DatabaseError`, or as it is when it is not libpqxx's.
[[noreturn]] void rethrow_database_error(std::string_view doing);

/// Closes what `open_database` opened, which is more than the connection that shows.
struct CloseConnection {
    void operator()(pqxx::connection* connection) const noexcept;
};

using DatabaseConnection = std::unique_ptr<pqxx::connection, CloseConnection>;

/// Opens a connection as every part of the program does: UTF8, TimeZone UTC, ISO dates,
/// search_path empty, lock and statement time limits, application_name `pcmirror NAME`; notices
/// go to the log; it never reconnects by itself. Blocks. Throws `DatabaseError` in words that say
/// which database and what to do; `Error` (fix_config) where `url` is no connection string.
DatabaseConnection open_database(const Secret& url, const std::string& name);

/// What the threads of a pool are at.
struct PoolUse {
    std::size_t threads = 0;
    std::size_t busy = 0;
    std::size_t waiting = 0;              ///< tasks that no thread has taken yet
    std::chrono::milliseconds longest{0}; ///< since when the oldest task is being worked on
};

/// Blocking SQL on a few threads, one connection each, so that the event loop never waits.
/// A connection that dies is replaced at the next use. Values go in, values come out.
class DatabasePool {
  public:
    /// Connects lazily. `size` threads.
    DatabasePool(asio::any_io_executor loop, Secret url, int size, std::string name);
    ~DatabasePool(); ///< waits for what is running

    DatabasePool(const DatabasePool&) = delete;
    DatabasePool& operator=(const DatabasePool&) = delete;

    /// Runs `work` on a pool thread and resumes on the event loop with what it returned or threw.
    /// Not interrupted by cancellation: it ends, then cancellation takes effect. Serialization
    /// failures and deadlocks run the whole function again (at most 5 times); everything else
    /// arrives as `DatabaseError`.
    template <typename Work>
    auto run(std::string_view doing, Work work)
        -> asio::awaitable<std::invoke_result_t<Work&, pqxx::connection&>>;

    /// The same, blocking the calling thread; for start and stop, when no loop runs.
    template <typename Work>
    auto run_now(std::string_view doing, Work work)
        -> std::invoke_result_t<Work&, pqxx::connection&>;

    /// Any thread.
    [[nodiscard]] PoolUse use() const;

    /// For messages: the connection string without its password.
    [[nodiscard]] const std::string& shown_url() const;

  private:
    struct State;
    asio::awaitable<void>
    run_erased(std::string doing, std::function<void(pqxx::connection&)> work);
    void run_now_erased(std::string doing, const std::function<void(pqxx::connection&)>& work);
    std::unique_ptr<State> state_;
};

template <typename Work>
auto DatabasePool::run(std::string_view doing, Work work)
    -> asio::awaitable<std::invoke_result_t<Work&, pqxx::connection&>> {
    using Result = std::invoke_result_t<Work&, pqxx::connection&>;
    if constexpr (std::is_void_v<Result>) {
        co_await run_erased(std::string(doing), [&work](pqxx::connection& connection) {
            work(connection);
        });
    } else {
        std::optional<Result> result;
        co_await run_erased(std::string(doing), [&](pqxx::connection& connection) {
            result.emplace(work(connection));
        });
        co_return std::move(*result);
    }
}

template <typename Work>
auto DatabasePool::run_now(std::string_view doing, Work work)
    -> std::invoke_result_t<Work&, pqxx::connection&> {
    using Result = std::invoke_result_t<Work&, pqxx::connection&>;
    if constexpr (std::is_void_v<Result>) {
        run_now_erased(std::string(doing), [&work](pqxx::connection& connection) {
            work(connection);
        });
    } else {
        std::optional<Result> result;
        run_now_erased(std::string(doing), [&](pqxx::connection& connection) {
            result.emplace(work(connection));
        });
        return std::move(*result);
    }
}

/// The connection string with passwords replaced by `***`.
std::string without_password(const Secret& url);

} // namespace pcmirror
