#pragma once

#include "schema/catalogue.hpp"
#include "sync/db/pool.hpp"
#include "sync/db/resource_load.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// A customer of the mirror.
struct MirroredCustomer {
    std::string customer_id;
    std::string company_name;
    std::string domain;
    std::string relationship;
};

/// How a resource stands, by its scopes and runs. Times are seconds before now, by the database's
/// clock.
struct ResourceState {
    std::uint64_t rows = 0;
    std::uint64_t scopes = 0;
    std::uint64_t failing = 0;
    std::uint64_t refused = 0;
    std::uint64_t held = 0;
    std::uint64_t excluded = 0;
    std::optional<std::string> last_success_at; ///< ISO 8601
    std::optional<double> last_success_ago;
    /// Age of the oldest scope that is neither refused nor excluded. A scope never read is as old
    /// as its customer's row. Absent: nothing was ever read.
    std::optional<double> age;
    /// When the scope was last asked that was asked least recently, whatever came of it; refused
    /// ones left out. Absent: some scope was never asked.
    std::optional<double> asked_ago;
    std::optional<double> last_run_ago; ///< since the start of the last run that ended
    std::optional<double> round_ago;    ///< since the current round was due; absent: there was none
    std::optional<double> retry_in; ///< until a failing scope is tried again; absent: none fails
    std::string last_error;
};

/// A process that works on the database and lives.
struct LivingDaemon {
    std::int64_t daemon_id = 0;
    std::string kind;
    std::string host;
    std::int64_t pid = 0;
    std::string version;
    std::string started_at;
    double heartbeat_ago = 0;
};

using TextRow = std::vector<std::optional<std::string>>;

/// Reads what commands report. Each call is one read transaction. Throws `DatabaseError`.
class ReportStore {
  public:
    explicit ReportStore(DatabasePool& pool) : pool_(&pool) {}

    // These block; for when no event loop runs.

    /// Customers with this id or default domain; case does not matter.
    std::vector<MirroredCustomer> customers_named(const std::string& id_or_domain);
    /// The same, and those whose company name starts with the text.
    std::vector<MirroredCustomer> find_customers(const std::string& text);
    ResourceState state_of(const Resource& resource);
    ResourceLoad load_of(const Resource& resource);
    std::vector<LivingDaemon> daemons();
    /// Rows of one customer in a mirrored table, in the order of the key: the table's columns as
    /// text, then extra, first_seen_at, changed_at.
    std::vector<TextRow> rows_of(const Table& table, const std::string& customer_id);
    /// Whether a resource of a customer was ever read; of a partner-wide one whether that was.
    bool was_read(const Resource& resource, const std::string& customer_id);
    /// Seconds that the database's clock is ahead of this machine's.
    double clock_ahead();
    std::string server_version();
    /// What the connected role may not do of what a daemon has to, as `insert on pcmirror.x`.
    std::vector<std::string> missing_rights(const Catalogue& catalogue);
    /// Whether the connected role may create the schemas.
    bool may_create_schemas();

    /// Whether a scope was never asked for, was made due since, or failed and has rested enough.
    asio::awaitable<bool> has_unasked(const Resource& resource);

    /// As `state_of`, suspending.
    asio::awaitable<ResourceState> read_state_of(const Resource& resource);

  private:
    DatabasePool* pool_;
};

} // namespace pcmirror
