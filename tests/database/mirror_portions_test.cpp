#include "sync/records/decode.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

const std::string contoso = guid(1);
const std::string fabrikam = guid(2);

/// Badges of members, read with a request for each member.
class MirrorPortions : public MirrorFixture {
  protected:
    MirrorPortions() { add_customers({contoso, fabrikam}); }

    void mirror(const std::string& customer, int member, const std::string& badge) {
        database_.execute(fmt::format(
            "insert into partner_center.badges (customer_id, member_id, badge) values "
            "('{}', '{}', '{}')",
            customer,
            guid(member),
            badge
        ));
    }

    /// These members were asked about, and could be read.
    ScopeReading portion(const std::string& customer, const std::vector<int>& members) {
        ScopeReading reading = read(made_up::badges, customer, {});
        reading.portion.emplace().number = 1;
        for (const int member : members) {
            reading.portion->rows.push_back({guid(member)});
            reading.covered.push_back(guid(member));
        }
        return reading;
    }

    static void
    add(ScopeReading& reading, int member, const std::string& badge, const std::string& more = {}) {
        Decoder decoder(made_up::badges);
        Surroundings around;
        around.customer_id = reading.lease.customer_id;
        around.outer = {{"member_id", guid(member)}};
        ++reading.records;
        if (decoder.decode(fmt::format(R"({{"badge":"{}"{}}})", badge, more), around))
            throw std::runtime_error("the record was rejected");
        for (const DecodedRow& row : decoder.rows())
            reading.rows.add(row);
    }

    [[nodiscard]] std::string badges() const {
        return database_
            .value("select coalesce(string_agg(right(member_id::text, 1) || badge || "
                   "coalesce(extra::text, ''), ' ' order by member_id, badge), '') "
                   "from partner_center.badges")
            .value();
    }
};

TEST_F(MirrorPortions, ThatSayWhatIsMirroredStageNothing) {
    mirror(contoso, 7, "gold");
    mirror(contoso, 7, "silver");
    mirror(contoso, 9, "gold");
    ScopeReading reading = portion(contoso, {7, 8});
    add(reading, 7, "silver");
    add(reading, 7, "gold");

    const ScopeReport report = apply(made_up::badges, reading);

    EXPECT_EQ(report.end, ScopeEnd::unfinished);
    EXPECT_EQ(report.rows.updated + report.rows.inserted + report.rows.deleted, 0U);
    EXPECT_EQ(badges(), "7gold 7silver 9gold");
    EXPECT_EQ(database_.number("select count(*) from pg_class where relname = 'stage_badges'"), 0);
}

TEST_F(MirrorPortions, BringWhatIsNewAnotherAndGone) {
    mirror(contoso, 7, "gold");
    mirror(contoso, 7, "silver");
    mirror(contoso, 8, "gold");
    ScopeReading reading = portion(contoso, {7, 8});
    add(reading, 7, "gold");
    add(reading, 7, "tin");
    add(reading, 8, "gold", R"(,"since":2024)");

    const ScopeReport report = apply(made_up::badges, reading, {.guard = no_guard()});

    EXPECT_EQ(report.rows.inserted, 1U);
    EXPECT_EQ(report.rows.updated, 1U);
    EXPECT_EQ(report.rows.deleted, 1U);
    EXPECT_EQ(badges(), R"(7gold 7tin 8gold{"since": 2024})");
}

TEST_F(MirrorPortions, TakeWhatCameBeforeARequestBrokeOffForNobodyElses) {
    mirror(contoso, 7, "gold");
    mirror(contoso, 8, "gold");
    ScopeReading reading = portion(contoso, {8});
    // A page of member 7, and then nothing more: of member 8 there is nothing at all.
    add(reading, 7, "gold");
    reading.owe = {{guid(7), true}};
    reading.trouble = guid(7) + ": 503";

    apply(made_up::badges, reading, {.guard = no_guard()});

    EXPECT_EQ(badges(), "7gold");
}

TEST_F(MirrorPortions, OfSeveralCustomersCountTogetherInTheGuardOfTheRollingReRead) {
    deletes_.rows = 1000;
    for (int member = 100; member < 115; ++member) {
        mirror(contoso, member, "gold");
        mirror(fabrikam, member, "gold");
    }
    std::vector<ScopeReport> reports;
    for (const std::string& customer : {contoso, fabrikam}) {
        std::vector<int> members;
        for (int member = 100; member < 115; ++member)
            members.push_back(member);
        ScopeReading reading = portion(customer, members);
        reading.portion->chosen = Chosen::in_turn;
        ApplyOptions options;
        options.guard = {.max_fraction = 0.5, .max_fraction_per_pass = 1, .min_rows = 20};
        reports.push_back(apply(made_up::badges, reading, options));
    }

    EXPECT_EQ(reports[0].rows.deleted, 15U);
    EXPECT_EQ(reports[1].rows.held, 15U);
    EXPECT_THAT(reports[1].message, HasSubstr("of the 30 rows that were read again"));
}

} // namespace
} // namespace pcmirror::testing
