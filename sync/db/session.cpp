#include "sync/db/session.hpp"

#include "config/log.hpp"
#include "migrations/libpqxx.hpp"
#include "sync/db/leases.hpp"

#include <array>
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <ctime>
#include <mutex>
#include <unistd.h>

namespace pcmirror {
namespace {

constexpr auto heartbeat_interval = std::chrono::seconds(10);

constexpr const char* register_sql = R"(
    insert into pcmirror.daemons (pid, host, version, kind, operations)
    values ($1, $2, $3, $4, (select operations from pcmirror.daemons where daemon_id = $5::bigint))
    returning daemon_id
)";

constexpr const char* lock_sql = "select pg_catalog.pg_advisory_lock($1::integer, $2::integer)";

// Rows of the dead serve nobody once their leases have been taken over.
constexpr const char* forget_sql = R"(
    delete from pcmirror.daemons as old where heartbeat_at < now() - interval '1 day' and not
)";

constexpr const char* beat_sql = R"(
    update pcmirror.daemons set heartbeat_at = now()
    where daemon_id = $1 and exists (
        select from pg_catalog.pg_locks
        where locktype = 'advisory' and classid = $2::bigint and objid = $1::bigint
            and objsubid = 2 and granted and pid = pg_catalog.pg_backend_pid())
)";

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0)
        return "unknown";
    return name.data();
}

std::int64_t boot_seconds() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

int backend(pqxx::connection& connection) {
    pqxx::work work(connection);
    const int pid = work.exec("select pg_catalog.pg_backend_pid()")[0][0].as<int>();
    work.commit();
    return pid;
}

Error broken_sessions(const Secret& url) {
    return {
        Recovery::fix_database,
        "the pooler at " + without_password(url) +
            " hands each transaction another session of the server",
        "connect directly, or set the pooler to session pooling"};
}

// A transaction pooler with one idle session would hand the same one out again: another
// connection's open transaction takes it away in between.
void probe(pqxx::connection& connection, const Secret& url, const std::string& name) {
    const int first = backend(connection);
    const DatabaseConnection other = open_database(url, name);
    pqxx::work busy(*other);
    busy.exec("select 1");
    for (int look = 0; look < 2; ++look)
        if (backend(connection) != first)
            throw broken_sessions(url);
}

} // namespace

struct DaemonSession::State {
    Secret url;
    std::string kind;
    std::mutex mutex;
    DatabaseConnection connection;
    std::atomic<std::int64_t> id = 0;
    std::int64_t last_id = 0;                ///< what its row says goes on when it registers anew
    std::atomic<std::int64_t> beaten_at = 0; ///< seconds of the boot clock

    void enrol();
    bool beat();
    bool holds() noexcept;
    void forget() noexcept;
};

void DaemonSession::State::enrol() {
    connection = open_database(url, kind + " session");
    probe(*connection, url, kind + " probe");
    pqxx::work work(*connection);
    const auto fresh = exec_bound(
                           work,
                           register_sql,
                           static_cast<int>(getpid()),
                           host_name(),
                           std::string(PCMIRROR_VERSION),
                           kind,
                           last_id
    )[0][0]
                           .as<std::int64_t>();
    // Before the row can be seen, so that nobody ever sees it without its lock.
    exec_bound(work, lock_sql, leases::lock_class, fresh);
    work.exec(std::string(forget_sql) + leases::alive("old.daemon_id"));
    work.commit();
    id = fresh;
    last_id = fresh;
    if (!beat())
        throw broken_sessions(url);
}

bool DaemonSession::State::beat() {
    const std::int64_t began = boot_seconds();
    pqxx::work work(*connection);
    const pqxx::result touched =
        exec_bound(work, beat_sql, id.load(), static_cast<std::int64_t>(leases::lock_class));
    work.commit();
    if (touched.affected_rows() != 1)
        return false;
    beaten_at = began;
    return true;
}

bool DaemonSession::State::holds() noexcept {
    try {
        return id != 0 && beat();
    } catch (const std::exception&) {
        return false; // whatever it was, registering anew tells it better
    }
}

void DaemonSession::State::forget() noexcept {
    id = 0;
    connection.reset();
}

DaemonSession::DaemonSession(Secret url, std::string kind) : state_(std::make_unique<State>()) {
    state_->url = std::move(url);
    state_->kind = std::move(kind);
}

DaemonSession::~DaemonSession() = default;

std::int64_t DaemonSession::id() const {
    return state_->id;
}

bool DaemonSession::holds() const {
    // Others take over when the database's clock says so; it may be ahead of what was sent to it.
    constexpr int margin_s = 10;
    return id() != 0 &&
           boot_seconds() - state_->beaten_at < leases::heartbeat_expires_after_s - margin_s;
}

std::int64_t DaemonSession::renew() {
    const std::lock_guard lock(state_->mutex);
    if (state_->holds())
        return state_->id;
    state_->forget();
    try {
        state_->enrol();
        return state_->id;
    } catch (...) {
        state_->forget();
        rethrow_database_error("registering this process");
    }
}

void DaemonSession::close() noexcept {
    const std::lock_guard lock(state_->mutex);
    try {
        if (state_->id != 0) {
            pqxx::work work(*state_->connection);
            exec_bound(
                work, "delete from pcmirror.daemons where daemon_id = $1", state_->id.load()
            );
            work.commit();
        }
    } catch (const std::exception& error) {
        event(Level::debug, "daemon.row_left", {{field::error, error.what()}});
    }
    state_->forget();
}

asio::awaitable<void> keep_alive(DaemonSession& session, DatabasePool& pool) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    bool lost = false;
    while (true) {
        timer.expires_after(heartbeat_interval);
        co_await timer.async_wait(asio::use_awaitable);
        const std::int64_t before = session.id();
        try {
            const std::int64_t now =
                co_await pool.run("renewing the session", [&session](pqxx::connection&) {
                    return session.renew();
                });
            if (now != before)
                event(Level::warn, "daemon.registered_anew", {{field::daemon, now}});
            lost = false;
        } catch (const Error& error) {
            if (!lost)
                event(
                    Level::warn,
                    "daemon.session_lost",
                    {{field::error, error.what()}, {field::hint, error.hint()}}
                );
            lost = true;
        }
    }
}

void require_whole_sessions(const Secret& url) {
    const DatabaseConnection connection = open_database(url, "check");
    try {
        probe(*connection, url, "check");
    } catch (...) {
        rethrow_database_error("looking for a pooler");
    }
}

} // namespace pcmirror
