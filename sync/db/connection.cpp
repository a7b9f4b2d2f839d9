#include "config/log.hpp"
#include "sync/db/conninfo.hpp"
#include "sync/db/errors.hpp"

#include <array>

namespace pcmirror {
namespace {

// Statements here are short and their costs often over-estimated, as no statistics of arrays and of
// the staging table exist: compiling one would take longer than running it.
constexpr const char* session_sql = R"(
    set client_encoding = 'UTF8';
    set timezone = 'UTC';
    set datestyle = 'ISO';
    set bytea_output = 'hex';
    set search_path = '';
    set lock_timeout = '30s';
    set statement_timeout = '10min';
    set idle_in_transaction_session_timeout = '5min';
    set jit = off;
)";

struct Default {
    const char* keyword;
    const char* value;
    const char* environment;
};

// A server that vanishes without a word is noticed after about a minute and a half.
constexpr std::array<Default, 5> defaults{{
    {"connect_timeout", "10", "PGCONNECT_TIMEOUT"},
    {"keepalives_idle", "60", nullptr},
    {"keepalives_interval", "10", nullptr},
    {"keepalives_count", "3", nullptr},
    {"tcp_user_timeout", "90000", nullptr},
}};

void log_notice(std::string_view text) noexcept {
    try {
        text = text.substr(0, text.find_last_not_of(" \n") + 1);
        event(Level::debug, "database.notice", {{field::error, text}});
    } catch (...) {
        return; // a notice is not worth an end of the process
    }
}

#if PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10)

class LoggedConnection : public pqxx::connection {
  public:
    explicit LoggedConnection(const std::string& conninfo) : pqxx::connection(conninfo) {
        set_notice_handler([](pqxx::zview message) { log_notice(message); });
    }
};

#else

class NoticeLog : public pqxx::errorhandler {
  public:
    explicit NoticeLog(pqxx::connection& connection) : pqxx::errorhandler(connection) {}

    bool operator()(const char* message) noexcept override {
        log_notice(message);
        return false;
    }
};

class LoggedConnection : public pqxx::connection {
  public:
    explicit LoggedConnection(const std::string& conninfo) : pqxx::connection(conninfo) {}

  private:
    NoticeLog notices_{*this};
};

#endif

// libpqxx 6 reconnects by itself and would lose the session's settings; 7 never does.
template <typename Connection> void forbid_reconnecting(Connection& connection) {
    if constexpr (requires { connection.inhibit_reactivation(true); }) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
        connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
    }
}

} // namespace

void CloseConnection::operator()(pqxx::connection* connection) const noexcept {
    delete static_cast<LoggedConnection*>(connection);
}

DatabaseConnection open_database(const Secret& url, const std::string& name) {
    ConnectionString target(url);
    const std::string shown = target.shown();
    for (const Default& setting : defaults)
        target.set_default(setting.keyword, setting.value, setting.environment);
    target.set_default("fallback_application_name", "pcmirror " + name, nullptr);
    try {
        DatabaseConnection connection(new LoggedConnection(target.text()));
        forbid_reconnecting(*connection);
        pqxx::nontransaction(*connection).exec(session_sql);
        return connection;
    } catch (const pqxx::broken_connection& error) {
        throw refused_connection(shown, error.what());
    } catch (...) {
        rethrow_database_error("connecting to " + shown);
    }
}

} // namespace pcmirror
