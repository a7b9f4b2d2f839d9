#include "sync/db/upkeep.hpp"
#include "tests/support/mirror_fixture.hpp"

namespace pcmirror::testing {
namespace {

class History : public MirrorFixture {
  protected:
    /// A month of change_log that lies that far back, and an entry in it.
    void add_month_ago(int months) {
        const std::string first = "((date_trunc('month', now() at time zone 'utc') - interval '" +
                                  std::to_string(months) + " months') at time zone 'utc')";
        database_.execute(
            "do $$ begin execute format('create table pcmirror.%I partition of pcmirror.change_log "
            "for values from (%L) to (%L)', 'change_log_' || to_char((" +
            first + ") at time zone 'utc', 'YYYY_MM'), " + first + ", (" + first +
            " at time zone 'utc' + interval '1 month') at time zone 'utc'); end $$"
        );
        add_entry(first);
    }

    void add_entry(const std::string& moment) {
        database_.execute(
            "insert into pcmirror.change_log (resource, key, operation, changed_at) values "
            "('customers', '{}', 'insert', " +
            moment + ")"
        );
    }

    [[nodiscard]] long long entries(const std::string& table = "change_log") const {
        return database_.number("select count(*) from pcmirror." + table);
    }

    [[nodiscard]] long long months() const {
        return database_.number("select count(*) from pg_inherits where inhparent = "
                                "'pcmirror.change_log'::regclass");
    }
};

TEST_F(History, IsDroppedByWholeMonthsAndClearedOfWhatIsOlderThanItIsKept) {
    add_month_ago(15);
    add_month_ago(3);
    add_entry("now() - interval '450 days'");
    add_entry("now()");
    const long long before = months();

    wait_for(prune_history(pool_, std::chrono::hours(24) * 400));

    EXPECT_EQ(months(), before - 1);
    EXPECT_EQ(entries(), 2);
    EXPECT_EQ(entries("change_log_rest"), 0);
}

TEST_F(History, KeepsWhatNoMonthWasMadeFor) {
    add_entry("now() + interval '5 months'");
    EXPECT_EQ(entries("change_log_rest"), 1);
    wait_for(make_change_log_months(pool_));
    EXPECT_EQ(entries(), 1);
}

TEST_F(History, ForgetsRunsThatAreOlder) {
    database_.execute("insert into pcmirror.sync_runs (resource, outcome, started_at, finished_at) "
                      "values ('customers', 'ok', now() - interval '2 years', now() - interval "
                      "'2 years')");
    const long long before = entries("sync_runs");
    wait_for(prune_history(pool_, std::chrono::hours(24) * 400));
    EXPECT_EQ(entries("sync_runs"), before - 1);
}

} // namespace
} // namespace pcmirror::testing
