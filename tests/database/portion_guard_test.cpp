#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

const std::string contoso = guid(1);

// What the guard counts over a pass of what is read in portions.

class PortionGuard : public MirrorFixture {
  protected:
    static constexpr int slice = 6;
    static constexpr int members = 60; ///< of a customer, each with a badge

    PortionGuard() {
        add_customers({contoso});
        database_.execute(fmt::format(
            "insert into partner_center.badges (customer_id, member_id, badge) select '{}', "
            "('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'gold' "
            "from generate_series(1, {}) n",
            contoso,
            members
        ));
        database_.execute(fmt::format(
            "insert into pcmirror.row_reads (customer_id, resource, outer_table) values ('{}', "
            "'badges', 'members')",
            contoso
        ));
        wait_for(scopes_.prepare(made_up::badges, {}));
        deletes_.rows = static_cast<std::uint64_t>(badges());
        database_.execute("update pcmirror.sync_scopes set row_count = 60 where resource = 'badges'"
        );
    }

    /// Nobody of a slice of members has a badge any more, it is said, in their turn.
    ScopeReport lose_slice(int number) { return lose(number * slice, slice, Chosen::in_turn); }

    ScopeReport lose(int first, int count, Chosen chosen, ApplyOptions options = {}) {
        ScopeReading reading = read(made_up::badges, contoso, {});
        reading.portion = RowPortion{.chosen = chosen, .foretold = foretold_, .number = 1};
        for (int at = 1; at <= count; ++at) {
            reading.portion->rows.push_back({guid(first + at)});
            reading.covered.push_back(guid(first + at));
        }
        options.guard = {.max_fraction = 0.5, .max_fraction_per_pass = 1, .min_rows = 20};
        return apply(made_up::badges, reading, options);
    }

    void next_pass() {
        deletes_ = {};
        deletes_.rows = static_cast<std::uint64_t>(badges());
    }

    void next_day() {
        database_.execute(
            "update pcmirror.row_reads set guard_since = guard_since - interval '25 hours'"
        );
    }

    [[nodiscard]] long long badges() const {
        return database_.number("select count(*) from partner_center.badges");
    }

    std::uint64_t foretold_ = 0;
};

TEST_F(PortionGuard, HoldsSmallSlicesThatTogetherLackTooMuchWhateverPassTheyComeIn) {
    for (int number = 0; number < 3; ++number) {
        EXPECT_EQ(lose_slice(number).rows.held, 0U);
        next_pass();
    }
    const ScopeReport first = lose_slice(3);
    EXPECT_EQ(first.rows.held, 6U);
    EXPECT_THAT(first.message, HasSubstr("24 rows that were read in their turn within a day"));
    for (int number = 4; number < 7; ++number) {
        next_pass();
        const ScopeReport report = lose_slice(number);
        EXPECT_EQ(report.rows.held, 6U);
        EXPECT_THAT(report.message, HasSubstr("while earlier deletes of it are held"));
    }
    EXPECT_EQ(badges(), members - 3 * slice);
}

TEST_F(PortionGuard, CountsWhatEarlierPassesOfTheDayDeleted) {
    EXPECT_EQ(lose(0, 25, Chosen::suspects).rows.held, 0U);
    next_pass();
    const ScopeReport report = lose(25, 6, Chosen::suspects);
    EXPECT_EQ(report.rows.held, 6U);
    EXPECT_THAT(
        report.message,
        HasSubstr("would delete 6 of 60 rows, more than delete_guard.max_fraction 0.5 of this "
                  "scope, 25 deleted within a day")
    );
}

TEST_F(PortionGuard, BeginsAnewAfterADay) {
    lose(0, 25, Chosen::suspects);
    next_pass();
    next_day();
    EXPECT_EQ(lose(25, 6, Chosen::suspects).rows.held, 0U);
    EXPECT_EQ(database_.number("select guard_deleted from pcmirror.row_reads"), 6);
}

TEST_F(PortionGuard, BeginsAnewOnceDeletesWereAllowed) {
    lose(0, 25, Chosen::suspects);
    EXPECT_EQ(lose(25, 10, Chosen::suspects, {.allow_deletes = true}).rows.held, 0U);
    EXPECT_EQ(lose(35, 6, Chosen::suspects).rows.held, 0U);
    EXPECT_EQ(badges(), members - 41);
}

TEST_F(PortionGuard, JudgesTheFirstRowsByAllThatCountersSayAreGone) {
    foretold_ = 50;
    const ScopeReport report = lose(0, 2, Chosen::suspects);
    EXPECT_EQ(report.rows.held, 2U);
    EXPECT_THAT(report.message, HasSubstr("whose counters say that 50 are gone"));
    EXPECT_EQ(badges(), members);
}

TEST_F(PortionGuard, HoldsARowOnceUntilAnAnswerShowsIt) {
    for (int number = 0; number < 4; ++number)
        lose_slice(number);
    lose_slice(3);
    EXPECT_EQ(
        *database_.value("select count(*) || ' ' || sum(cardinality(held)) from pcmirror.owed_reads"
        ),
        "6 6"
    );

    ScopeReading reading = read(made_up::badges, contoso, {});
    reading.portion = RowPortion{.rows = {{guid(3 * slice + 1)}}, .number = 1};
    reading.covered = {guid(3 * slice + 1)};
    reading.present = {{contoso, guid(3 * slice + 1)}};
    apply(made_up::badges, reading);

    EXPECT_EQ(database_.number("select count(*) from pcmirror.owed_reads"), 5);
}

} // namespace
} // namespace pcmirror::testing
