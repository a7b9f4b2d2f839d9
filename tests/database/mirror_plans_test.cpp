#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <ostream>

namespace pcmirror::testing {
namespace {

using made_up::badges;
using made_up::members;
using made_up::orders;
using resources::customers;

constexpr int customer_count = 150;
constexpr int rows_each = 100;
const std::string contoso = guid(1);

/// What PostgreSQL knows of the tables when a scope is applied.
struct Knowledge {
    std::string name;
    std::string before; ///< done when the first customer's rows are there
    std::string after;  ///< done when all are
};

std::ostream& operator<<(std::ostream& out, const Knowledge& knowledge) {
    return out << knowledge.name;
}

std::string name_of(const ::testing::TestParamInfo<Knowledge>& info) {
    return info.param.name;
}

std::string member(int number, const std::string& state = "active") {
    return fmt::format(R"({{"id":"{}","state":"{}"}})", guid(number), state);
}

/// The mirror of many customers, of which one is applied: that must cost what the one has, whatever
/// the planner believes of the tables.
class MirrorPlans : public MirrorFixture, public ::testing::WithParamInterface<Knowledge> {
  protected:
    MirrorPlans()
        : one_(loop_.get_executor(), database_.secret_url(), 1, "test"),
          one_mirror_(one_, made_up::catalogue) {
        for (const char* table : tables)
            database_.execute(fmt::format("alter table {} set (autovacuum_enabled = false)", table)
            );
        fill(1, 1);
        database_.execute(GetParam().before);
        fill(2, customer_count);
        database_.execute(GetParam().after);
        wait_for(scopes_.prepare(members, {}));
    }

    ScopeReport apply_alone(const Resource& resource, const ScopeReading& reading) {
        return apply_together(resource, {&reading}).front();
    }

    /// Applies over the one connection.
    std::vector<ScopeReport>
    apply_together(const Resource& resource, const std::vector<const ScopeReading*>& readings) {
        ApplyOptions options;
        options.run.run_id = run_id_;
        options.guard = no_guard();
        std::optional<InDoubt> in_doubt;
        const ApplyResult result =
            wait_for(one_mirror_.apply(resource, readings, options, deletes_, in_doubt));
        report_reads();
        return result.scopes;
    }

    /// Makes the one connection tell what it read.
    void report_reads() {
        one_.run_now("reporting statistics", [](pqxx::connection& connection) {
            pqxx::nontransaction(connection).exec("select pg_stat_force_next_flush()");
        });
    }

    /// Rows of customers that were read so far, in any way.
    [[nodiscard]] long long rows_read() const {
        return database_.number(
            "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables "
            "where schemaname = 'partner_center' and relname <> 'customers'"
        );
    }

    static constexpr const char* tables[] = {
        "partner_center.customers",
        "partner_center.members",
        "partner_center.badges",
        "partner_center.orders",
        "partner_center.order_lines",
    };

    DatabasePool one_;
    MirrorStore one_mirror_;

  private:
    void fill(int first, int last) const {
        const std::string each_row = fmt::format(
            "from generate_series({}, {}) c cross join generate_series(1, {}) r",
            first,
            last,
            rows_each
        );
        const auto id = [](const std::string& number) {
            return "('00000000-0000-4000-8000-' || lpad((" + number + ")::text, 12, '0'))::uuid";
        };
        database_.execute(fmt::format(
            "insert into partner_center.customers (customer_id) select {} from "
            "generate_series({}, {}) c;"
            "insert into partner_center.members (customer_id, member_id, state) select {}, {}, "
            "'active' {};"
            "insert into partner_center.badges (customer_id, member_id, badge) select {}, {}, "
            "'gold' {};"
            "insert into partner_center.orders (customer_id, order_id) select {}, r {};"
            "insert into partner_center.order_lines (customer_id, order_id, line_number) select "
            "{}, r, 1 {};",
            id("c"),
            first,
            last,
            id("c"),
            id("r"),
            each_row,
            id("c"),
            id("r"),
            each_row,
            id("c"),
            each_row,
            id("c"),
            each_row
        ));
    }
};

INSTANTIATE_TEST_SUITE_P(
    Planner,
    MirrorPlans,
    ::testing::Values(
        Knowledge{"KnowingNothing", "", ""},
        Knowledge{"KnowingTheFirstCustomerOnly", "analyze", ""},
        Knowledge{"KnowingAll", "", "analyze"}
    ),
    name_of
);

TEST_P(MirrorPlans, ComparingAllRowsOfAScopeReadsNoOthers) {
    Records records;
    for (int at = 1; at <= rows_each; ++at)
        if (at % 10 != 0)
            records.push_back(member(at, at % 10 == 1 ? "inactive" : "active"));
    records.push_back(member(rows_each + 1));
    const ScopeReading reading = read(members, contoso, records);
    const long long before = rows_read();

    const ScopeReport report = apply_alone(members, reading);

    EXPECT_EQ(report.rows.updated, 10U);
    EXPECT_EQ(report.rows.inserted, 1U);
    EXPECT_EQ(report.rows.deleted, 10U);
    EXPECT_LE(rows_read() - before, 10 * rows_each);
}

TEST_P(MirrorPlans, ComparingAScopeLooksAtNoTouchesOfOthers) {
    database_.execute("insert into pcmirror.touched_rows (resource, customer_id, key, asked_at, "
                      "expires_at) select 'members', md5(n::text)::uuid, '{}', now(), now() + "
                      "interval '1 hour' from generate_series(1, 5000) n");
    database_.execute(GetParam().after);
    Records records;
    for (int at = 1; at <= rows_each; ++at)
        records.push_back(member(at, at % 10 == 1 ? "inactive" : "active"));
    const ScopeReading reading = read(members, contoso, records);

    EXPECT_EQ(apply_alone(members, reading).rows.updated, 10U);

    EXPECT_LE(
        database_.number("select seq_tup_read + coalesce(idx_tup_fetch, 0) from "
                         "pg_stat_user_tables where relname = 'touched_rows'"),
        50
    );
}

TEST_P(MirrorPlans, ComparingNestedTablesOfAScopeReadsNoOthers) {
    Records records;
    for (int at = 1; at <= rows_each; ++at)
        if (at % 10 != 0)
            records.push_back(fmt::format(
                R"({{"id":"{}","totalPrice":{},"lineItems":[{}]}})",
                at,
                at % 10 == 1 ? "1" : "null",
                at % 10 == 2 ? "" : R"({"lineItemNumber":1})"
            ));
    const ScopeReading reading = read(orders, contoso, records);
    const long long before = rows_read();

    const ScopeReport report = apply_alone(orders, reading);

    EXPECT_EQ(report.rows.updated, 10U);
    EXPECT_EQ(report.rows.deleted, 30U) << "10 orders with their lines, and 10 lines";
    EXPECT_LE(rows_read() - before, 20 * rows_each);
}

TEST_P(MirrorPlans, AppliesChangesOfAScopeKnownByItsHashesByLookingUpTheChanged) {
    Records records;
    for (int at = 1; at <= rows_each; ++at)
        records.push_back(member(at));
    apply_alone(members, read(members, contoso, records));
    records[0] = member(1, "inactive");
    records.back() = member(rows_each + 1);
    const ScopeReading reading = read(members, contoso, records);
    const long long before = rows_read();

    const ScopeReport report = apply_alone(members, reading);

    EXPECT_EQ(report.rows.updated, 1U);
    EXPECT_EQ(report.rows.inserted, 1U);
    EXPECT_EQ(report.rows.deleted, 1U);
    EXPECT_LE(rows_read() - before, 5 * rows_each);
}

TEST_P(MirrorPlans, APortionReadsTheRowsItAskedAbout) {
    wait_for(scopes_.prepare(badges, {}));
    ScopeReading reading = read(badges, contoso, {});
    reading.portion = RowPortion{.rows = {{guid(1)}, {guid(2)}}, .number = 1};
    reading.covered = {guid(1), guid(2)};
    const long long before = rows_read();

    const ScopeReport report = apply_alone(badges, reading);

    EXPECT_EQ(report.rows.deleted, 2U);
    EXPECT_LE(rows_read() - before, 20);
}

TEST_P(MirrorPlans, ACustomerThatLeavesCostsItsOwnRows) {
    Records records;
    for (int at = 2; at <= customer_count; ++at)
        records.push_back(customer_record(guid(at)));
    const ScopeReading reading = read(customers, "", records);
    const long long before = rows_read();

    const ScopeReport report = apply_alone(customers, reading);

    EXPECT_EQ(report.rows.deleted, 1U + 4U * rows_each) << "it, and its rows of four tables";
    EXPECT_LE(rows_read() - before, 10 * rows_each);
}

TEST_P(MirrorPlans, AGroupOfScopesReadsTheHashesOfNoOthers) {
    database_.execute(
        "alter table pcmirror.scope_hashes set (autovacuum_enabled = false);"
        "with others as (insert into pcmirror.sync_scopes (resource, customer_id) select 'others', "
        "gen_random_uuid() from generate_series(1, 10000) returning scope_id) "
        "insert into pcmirror.scope_hashes select scope_id, 0, '\\x00' from others"
    );
    database_.execute(GetParam().after);
    Records records;
    for (int at = 1; at <= rows_each; ++at)
        records.push_back(member(at));
    std::vector<ScopeReading> readings;
    std::vector<const ScopeReading*> group;
    for (int at = 1; at <= 50; ++at)
        readings.push_back(read(members, guid(at), records));
    for (const ScopeReading& reading : readings)
        group.push_back(&reading);

    const std::vector<ScopeReport> reports = apply_together(members, group);

    EXPECT_EQ(reports.back().end, ScopeEnd::applied);
    EXPECT_LE(
        database_.number("select seq_tup_read + idx_tup_fetch from pg_stat_user_tables where "
                         "relname = 'scope_hashes'"),
        500
    );
}

} // namespace
} // namespace pcmirror::testing
