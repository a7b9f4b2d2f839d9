#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>

namespace pcmirror::testing {
namespace {

const std::string contoso = guid(1);

// Who is owed to be read is owed once.

class OwedReads : public MirrorFixture {
  protected:
    OwedReads() {
        add_customers({contoso});
        database_.execute(fmt::format(
            "insert into pcmirror.row_reads (customer_id, resource, outer_table) values "
            "('{}', 'badges', 'members')",
            contoso
        ));
    }

    static std::string member(int number, const std::string& state) {
        return fmt::format(R"({{"id":"{}","state":"{}"}})", guid(number), state);
    }

    void members(const Records& records) {
        ApplyOptions options;
        options.guard = no_guard();
        poll(made_up::members, contoso, records, options);
    }

    [[nodiscard]] long long owed() const {
        return database_.number("select count(*) from pcmirror.owed_reads");
    }

    /// The next day.
    void let_a_day_pass() const {
        database_.execute("update pcmirror.owed_reads set owed_at = owed_at - interval '25 hours'");
    }
};

TEST_F(OwedReads, AreOneForEachRowHoweverOftenItChangesAndNobodyReadsIt) {
    for (const char* state : {"active", "inactive", "active", "inactive"})
        members({member(1, state), member(2, state), member(3, "active")});
    EXPECT_EQ(owed(), 3);
}

TEST_F(OwedReads, OfRowsThatAreGoneAreForgottenOnceNothingIsLeftOfThem) {
    for (int first = 1; first < 40; first += 4) {
        members({member(first, "active"), member(first + 1, "active"), member(100, "active")});
        let_a_day_pass();
    }
    EXPECT_LE(owed(), 5) << "the present ones, and those of the last change";
}

TEST_F(OwedReads, OfRowsThatAreGoneStayWhileSomethingIsLeftOfThem) {
    members({member(1, "active"), member(2, "active")});
    database_.execute(fmt::format(
        "insert into partner_center.badges (customer_id, member_id, badge) values "
        "('{}', '{}', 'gold')",
        contoso,
        guid(1)
    ));
    members({member(2, "active"), member(3, "active")});
    let_a_day_pass();
    members({member(2, "active")});

    EXPECT_EQ(
        database_.number(
            "select count(*) from pcmirror.owed_reads where row_id = '" + guid(1) + "'"
        ),
        1
    );
}

TEST_F(OwedReads, AreTakenUpAnewWhereTheRowChangesWhileItIsBeingRead) {
    members({member(1, "active")});
    ScopeReading reading = read(made_up::badges, contoso, {});
    reading.portion = RowPortion{
        .rows = {{guid(1)}},
        .owed = {database_.number("select owed_id from pcmirror.owed_reads")},
        .number = 1};
    reading.covered = {guid(1)};
    members({member(1, "inactive")});

    apply(made_up::badges, reading);

    EXPECT_EQ(owed(), 1) << "what was read may be from before the change";
}

} // namespace
} // namespace pcmirror::testing
