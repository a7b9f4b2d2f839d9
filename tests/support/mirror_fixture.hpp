#pragma once

#include "sync/db/mirror_store.hpp"
#include "sync/db/run_store.hpp"
#include "sync/db/scope_store.hpp"
#include "sync/db/session.hpp"
#include "tests/support/made_up.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <future>
#include <gtest/gtest.h>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror::testing {

/// A JSON array of records, each as it would stand in `items`.
using Records = std::vector<std::string>;

/// The mirror's stores over a database of the test's own, with the made-up resources beside the
/// shipped ones. Readings are made from JSON, without any network.
class MirrorFixture : public ::testing::Test {
  protected:
    MirrorFixture();
    ~MirrorFixture() override;

    /// Runs a coroutine to its end.
    template <typename T> T wait_for(asio::awaitable<T> work) {
        auto future = asio::co_spawn(loop_, std::move(work), asio::use_future);
        // Kept connections have timers of their own, so the loop never runs dry.
        loop_.restart();
        while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            loop_.run_one();
        return future.get();
    }

    /// What a listing brought, as a reading of a freshly claimed scope. `customer` empty: the
    /// partner's.
    ScopeReading
    read(const Resource& resource, const std::string& customer, const Records& records);

    /// Claims, reads and applies in one go.
    ScopeReport poll(
        const Resource& resource,
        const std::string& customer,
        const Records& records,
        ApplyOptions options = {}
    );

    ScopeReport
    apply(const Resource& resource, const ScopeReading& reading, ApplyOptions options = {});

    /// The same for several scopes together.
    ApplyResult apply(
        const Resource& resource,
        std::vector<const ScopeReading*> readings,
        ApplyOptions options = {}
    );

    Lease claim(const Resource& resource, const std::string& customer);

    /// Mirrors customers with these ids, named after them.
    void add_customers(const std::vector<std::string>& ids);

    /// A guard that lets everything through.
    static GuardLimits no_guard();

    asio::io_context loop_;
    TestDatabase database_;
    TemporaryDirectory spool_directory_;
    DatabasePool pool_;
    DaemonSession session_;
    ScopeStore scopes_;
    RunStore runs_;
    MirrorStore mirror_;
    std::int64_t run_id_ = 0;
    PassDeletes deletes_;
};

/// A GUID that ends in this number.
std::string guid(int number);

/// `{"id": ..., "companyProfile": {...}, ...}`
std::string customer_record(const std::string& id, const std::string& name = "Contoso");

/// Undoes change_log from its end until `change_id` has been undone, on the tables themselves.
void undo_to(const TestDatabase& database, long long change_id);

/// Runs whose figures are not the number of their entries in change_log, with both.
Rows runs_unlike_their_log(const TestDatabase& database);

/// All rows of a mirrored table without first_seen_at and changed_at, sorted, as JSON text.
std::vector<std::string> table_content(const TestDatabase& database, const std::string& table);

} // namespace pcmirror::testing
