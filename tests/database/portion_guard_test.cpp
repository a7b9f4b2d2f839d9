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

    PortionGuard() {
        add_customers({contoso});
        database_.execute(fmt::format(
            "insert into partner_center.badges (customer_id, member_id, badge) select '{}', "
            "('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'gold' "
            "from generate_series(1, 60) n",
            contoso
        ));
        wait_for(scopes_.prepare(made_up::badges, {}));
        deletes_.rows = 60;
        database_.execute("update pcmirror.sync_scopes set row_count = 60 where resource = 'badges'"
        );
    }

    /// Nobody of a slice of members has a badge any more, it is said, in their turn.
    ScopeReport lose_slice(int number) {
        ScopeReading reading = read(made_up::badges, contoso, {});
        reading.portion = RowPortion{.in_turn = true, .number = 1};
        for (int at = 1; at <= slice; ++at) {
            reading.portion->rows.push_back({guid(number * slice + at)});
            reading.covered.push_back(guid(number * slice + at));
        }
        ApplyOptions options;
        options.guard = {.max_fraction = 0.5, .max_fraction_per_pass = 1, .min_rows = 20};
        return apply(made_up::badges, reading, options);
    }

    [[nodiscard]] long long badges() const {
        return database_.number("select count(*) from partner_center.badges");
    }
};

TEST_F(PortionGuard, HoldsSmallSlicesThatTogetherLackTooMuch) {
    for (int number = 0; number < 3; ++number)
        EXPECT_EQ(lose_slice(number).rows.held, 0U);
    for (int number = 3; number < 6; ++number) {
        const ScopeReport report = lose_slice(number);
        EXPECT_EQ(report.rows.held, 6U);
        EXPECT_THAT(report.message, HasSubstr("that were read again in this pass"));
    }
    EXPECT_EQ(badges(), 60 - 3 * slice);
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
