#include "sync/db/errors.hpp"

#include <array>
#include <utility>

namespace pcmirror {
namespace {

std::string trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

/// What a failed attempt to connect means, told by libpq's words: it hands on no SQLSTATE.
struct Refusal {
    std::string_view words;
    DatabaseTrouble trouble;
    std::string_view hint;
};

constexpr std::array<Refusal, 14> refusals{{
    {"too many clients",
     DatabaseTrouble::full,
     "raise max_connections or lower database.pool_size"},
    {"remaining connection slots",
     DatabaseTrouble::full,
     "raise max_connections or lower database.pool_size"},
    {"too many connections",
     DatabaseTrouble::full,
     "raise the connection limit or lower database.pool_size"},
    {"password authentication failed",
     DatabaseTrouble::unreachable,
     "check user and password in the database URL, PGPASSWORD or ~/.pgpass"},
    {"no password supplied",
     DatabaseTrouble::unreachable,
     "put the password into the database URL, PGPASSWORD or ~/.pgpass"},
    {"no pg_hba.conf entry",
     DatabaseTrouble::unreachable,
     "let the server's pg_hba.conf admit this user from this host"},
    {"authentication failed",
     DatabaseTrouble::unreachable,
     "connect as a user whom the server's pg_hba.conf admits"},
    {"is not permitted to log in",
     DatabaseTrouble::unreachable,
     "connect as a role with LOGIN that is a member of pcmirror_daemon"},
    {"permission denied for database",
     DatabaseTrouble::denied,
     "as its owner run: grant connect on database ... to the role that connects"},
    {"could not translate host name",
     DatabaseTrouble::unreachable,
     "check the host in the database URL"},
    {"starting up", DatabaseTrouble::unreachable, "the server is starting: try again in a moment"},
    {"shutting down", DatabaseTrouble::unreachable, "the server is being stopped"},
    {"SSL", DatabaseTrouble::unreachable, "check sslmode and sslrootcert in the database URL"},
    {"does not exist",
     DatabaseTrouble::unreachable,
     "check the names in the database URL, or create what is missing: createuser, createdb"},
}};

/// What a refused statement means. A code of two characters stands for its class.
struct Refused {
    std::string_view code;
    DatabaseTrouble trouble;
    Recovery recovery;
    std::string_view hint;
};

constexpr std::string_view altered_hint =
    "run: pcmirror migrate; where that finds nothing to do, somebody altered the tables by hand: "
    "restore what is missing (pcmirror resources --ddl shows a resource's)";

constexpr std::array<Refused, 20> refused{{
    {"40001", DatabaseTrouble::retryable, Recovery::retry_later, ""},
    {"40P01", DatabaseTrouble::retryable, Recovery::retry_later, ""},
    {"53100",
     DatabaseTrouble::full,
     Recovery::retry_later,
     "the database server's disk is full: make room on it"},
    {"53200", DatabaseTrouble::full, Recovery::retry_later, "the database server is out of memory"},
    {"53300",
     DatabaseTrouble::full,
     Recovery::fix_database,
     "raise max_connections or lower database.pool_size"},
    {"53", DatabaseTrouble::full, Recovery::retry_later, "the database server lacks resources"},
    {"42501",
     DatabaseTrouble::denied,
     Recovery::fix_database,
     "as a superuser run: grant pcmirror_daemon to the role in database.url; where that is done, "
     "pcmirror migrate grants what pcmirror_daemon needs"},
    {"42P01", DatabaseTrouble::schema, Recovery::fix_database, altered_hint},
    {"42703", DatabaseTrouble::schema, Recovery::fix_database, altered_hint},
    {"42704", DatabaseTrouble::schema, Recovery::fix_database, altered_hint},
    {"42883", DatabaseTrouble::schema, Recovery::fix_database, altered_hint},
    {"3F000", DatabaseTrouble::schema, Recovery::fix_database, altered_hint},
    {"25006",
     DatabaseTrouble::other,
     Recovery::fix_database,
     "this server is a read-only standby: point database.url at the primary "
     "(target_session_attrs=read-write); or default_transaction_read_only is on"},
    {"57014",
     DatabaseTrouble::other,
     Recovery::retry_later,
     "a statement took longer than its time limit"},
    {"55P03",
     DatabaseTrouble::other,
     Recovery::retry_later,
     "something else holds a lock: look at pg_stat_activity"},
    {"57P",
     DatabaseTrouble::unreachable,
     Recovery::fix_database,
     "the server ended the connection"},
    {"25P03",
     DatabaseTrouble::unreachable,
     Recovery::fix_database,
     "the server ended an idle transaction"},
    {"08",
     DatabaseTrouble::unreachable,
     Recovery::fix_database,
     "the connection to the database was lost"},
    {"58",
     DatabaseTrouble::other,
     Recovery::retry_later,
     "the database server has trouble with its files: see its log"},
    {"XX",
     DatabaseTrouble::other,
     Recovery::fix_database,
     "the database server reports an internal error: see its log"},
}};

DatabaseError
refused_statement(std::string_view doing, std::string_view what, const std::string& code) {
    const std::string message = std::string(doing) + ": " + server_words(what);
    for (const Refused& known : refused)
        if (code.starts_with(known.code))
            return {known.trouble, known.recovery, message, std::string(known.hint), code};
    return {DatabaseTrouble::other, Recovery::bug, message, {}, code};
}

} // namespace

DatabaseError::DatabaseError(
    DatabaseTrouble trouble,
    Recovery recovery,
    const std::string& message,
    std::string hint,
    std::string sqlstate
)
    : Error(recovery, message, std::move(hint)), trouble_(trouble), sqlstate_(std::move(sqlstate)) {
}

DatabaseError refused_connection(const std::string& shown_url, std::string_view words) {
    const std::string message =
        "the database " + shown_url + " can't be reached: " + connection_words(words);
    for (const Refusal& known : refusals)
        if (words.find(known.words) != std::string_view::npos)
            return {known.trouble, Recovery::fix_database, message, std::string(known.hint)};
    return {
        DatabaseTrouble::unreachable,
        Recovery::fix_database,
        message,
        "is PostgreSQL running there? check database.url"};
}

DatabaseError lost_connection(std::string_view doing, std::string_view words) {
    return {
        DatabaseTrouble::unreachable,
        Recovery::fix_database,
        std::string(doing) +
            ": the connection to the database was lost: " + connection_words(words),
        "is PostgreSQL running?"};
}

// What follows the first line quotes values of rows.
std::string server_words(std::string_view text) {
    for (const std::string_view severity : {"ERROR:", "FATAL:", "PANIC:"})
        if (text.starts_with(severity))
            text.remove_prefix(severity.size());
    return trimmed(text.substr(0, text.find('\n')));
}

// libpq indents explanations, and gives each address that it tried a line of its own.
std::string connection_words(std::string_view text) {
    constexpr std::string_view failed = "failed: ";
    std::string words;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.starts_with('\t') || trimmed(line).empty())
            continue;
        if (const std::size_t at = line.find(failed); at != std::string_view::npos)
            line.remove_prefix(at + failed.size());
        const std::string said = server_words(line);
        if (words.find(said) == std::string::npos)
            words += (words.empty() ? "" : "; ") + said;
    }
    return words;
}

void rethrow_database_error(std::string_view doing) {
    try {
        throw;
    } catch (const pqxx::in_doubt_error&) {
        throw DatabaseError(
            DatabaseTrouble::in_doubt,
            Recovery::fix_database,
            std::string(doing) +
                ": the connection was lost during COMMIT; whether it took effect is unknown",
            "is PostgreSQL running?"
        );
    } catch (const pqxx::broken_connection& error) {
        throw lost_connection(doing, error.what());
    } catch (const pqxx::deadlock_detected& error) {
        throw refused_statement(doing, error.what(), "40P01");
    } catch (const pqxx::insufficient_privilege& error) {
        // libpqxx 6 drops this one's code.
        throw refused_statement(doing, error.what(), "42501");
    } catch (const pqxx::transaction_rollback& error) {
        throw refused_statement(doing, error.what(), "40001");
    } catch (const pqxx::sql_error& error) {
        throw refused_statement(doing, error.what(), error.sqlstate());
    } catch (const pqxx::failure& error) {
        throw DatabaseError(
            DatabaseTrouble::other,
            Recovery::bug,
            std::string(doing) + ": " + server_words(error.what()),
            {}
        );
    }
}

} // namespace pcmirror
