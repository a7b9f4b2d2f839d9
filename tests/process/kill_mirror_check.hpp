#pragma once

#include "tests/process/commands_installation.hpp"
#include "tests/support/engine_fixture.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace pcmirror::testing {

/// Settings under which deletes of any number are applied.
inline const nlohmann::json no_delete_guard = {
    {"max_fraction", 1.0},
    {"max_fraction_per_pass", 1.0},
    {"resources", {{"customers", {{"max_fraction", 1.0}}}}},
};

/// Waits until the server has noticed that a killed program is gone.
inline void await_sessions_gone(const TestDatabase& database) {
    const auto deadline = std::chrono::steady_clock::now() + process_deadline;
    while (database.number("select count(*) from pg_stat_activity where datname = "
                           "current_database() and application_name like 'pcmirror%'") > 0)
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
}

inline long long interrupted_runs(const TestDatabase& database) {
    return database.number("select count(*) from pcmirror.sync_runs where outcome = 'interrupted'");
}

/// The mirror shows the world, nothing is left of whoever worked on it, and the log tells of each
/// row as often as it came and went.
inline void expect_whole_mirror(const TestDatabase& database, const Simulator& simulator) {
    for (const std::string resource : {"customers", "subscriptions"}) {
        EXPECT_EQ(mirrored(database, resource), truth(simulator, resource)) << resource;
        EXPECT_EQ(
            database.number(
                "select count(*) filter (where operation = 'insert') - count(*) filter (where "
                "operation = 'delete') from pcmirror.change_log where resource = '" +
                resource + "'"
            ),
            database.number("select count(*) from partner_center." + resource)
        );
    }
    EXPECT_EQ(
        database.number("select count(*) from (select from pcmirror.change_log where operation <> "
                        "'update' group by resource, key having sum(case operation when 'insert' "
                        "then 1 else -1 end) not in (0, 1)) twice"),
        0
    );
    EXPECT_EQ(
        database.number(
            "select count(*) from pcmirror.sync_scopes where lease_daemon is not null or state <> "
            "'ok' or last_success_at is null"
        ),
        0
    );
    EXPECT_EQ(
        database.number("select count(*) from pcmirror.sync_runs where outcome = 'running'"), 0
    );
}

/// Undoing the whole log leaves nothing.
inline void expect_undone_to_nothing(const TestDatabase& database) {
    undo_to(database, 0);
    for (const std::string table : {"customers", "subscriptions"})
        EXPECT_THAT(table_content(database, table), ::testing::IsEmpty()) << table;
}

} // namespace pcmirror::testing
