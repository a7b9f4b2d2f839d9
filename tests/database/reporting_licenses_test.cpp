#include "tests/database/reporting_fixture.hpp"

#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using ::testing::IsEmpty;

class Seats : public ReportingFixture {
  protected:
    /// Of each SKU: the service's count, ours, those of it that are inactive, and the difference.
    [[nodiscard]] Rows counts() const {
        return database_.rows("select sku_id, assigned, assigned_by_our_count, inactive_holders, "
                              "difference from reporting.seats order by customer_id, sku_id");
    }
};

TEST_F(Seats, ShowWhatWasBoughtWithTheCustomersName) {
    customer(contoso_);
    sku(contoso_, "e3", "4");
    database_.execute("update partner_center.subscribed_skus set sku_name = 'Office', "
                      "sku_part_number = 'E3', license_group_id = 'group1', available_units = 6, "
                      "warning_units = 2, suspended_units = 3, capability_status = 'Enabled'");

    EXPECT_EQ(
        database_.rows("select company_name, sku_name, sku_part_number, license_group_id, bought, "
                       "assigned, available, warning, suspended, capability_status "
                       "from reporting.seats"),
        (Rows{{"Contoso", "Office", "E3", "group1", "10", "4", "6", "2", "3", "Enabled"}})
    );
}

TEST_F(Seats, CountTheHoldersOfEachCustomerAndProduct) {
    for (const std::string& id : {contoso_, fabrikam_}) {
        customer(id);
        licenses_read(id);
        sku(id, "e3", "3");
    }
    sku(contoso_, "e5", "1");
    sku(contoso_, "ems", "0");
    license(contoso_, 1, "e3");
    license(contoso_, 2, "e3");
    license(contoso_, 2, "e5");
    license(fabrikam_, 3, "e3");

    EXPECT_EQ(
        counts(),
        (Rows{
            {"e3", "3", "2", "0", "1"},
            {"e5", "1", "1", "0", "0"},
            {"ems", "0", "0", "0", "0"},
            {"e3", "3", "1", "0", "2"}})
    );
}

TEST_F(Seats, CountInactiveHoldersAndTellThemApart) {
    customer(contoso_);
    licenses_read(contoso_);
    sku(contoso_, "e3", "1");
    user(contoso_, 1);
    user(contoso_, 2, "'inactive'");
    user(fabrikam_, 1, "'inactive'");
    license(contoso_, 1, "e3");
    license(contoso_, 2, "e3");

    EXPECT_EQ(counts(), (Rows{{"e3", "1", "2", "1", "-1"}}));
}

TEST_F(Seats, KnowNoCountUntilAllLicensesOfTheCustomerWereRead) {
    customer(contoso_);
    sku(contoso_, "e3", "1");
    license(contoso_, 1, "e3");
    const Rows unknown{{"e3", "1", std::nullopt, std::nullopt, std::nullopt}};

    EXPECT_EQ(counts(), unknown);

    licenses_read(contoso_, "false", "null", "user_settings");
    EXPECT_EQ(counts(), unknown) << "another resource was read";

    licenses_read(contoso_, "true", "'" + numbered(1) + "'");
    EXPECT_EQ(counts(), unknown) << "the reading is under way";

    database_.execute("update pcmirror.row_reads set whole = false");
    EXPECT_EQ(counts(), (Rows{{"e3", "1", "1", "0", "0"}}));
}

TEST_F(Seats, KnowNoCountWhileSomeUsersCanNotBeRead) {
    customer(contoso_);
    licenses_read(contoso_);
    sku(contoso_, "e3", "3");
    license(contoso_, 1, "e3");
    owed(contoso_, 2);
    EXPECT_EQ(counts(), (Rows{{"e3", "3", "1", "0", "2"}})) << "a new user, to be asked";

    database_.execute("update pcmirror.owed_reads set again = true");
    EXPECT_EQ(counts(), (Rows{{"e3", "3", std::nullopt, std::nullopt, std::nullopt}}));
}

TEST_F(Seats, ShowNoDifferenceForWhatIsAssignedToNobody) {
    customer(contoso_);
    licenses_read(contoso_);
    sku(contoso_, "a", "5", "'Tenant'");
    sku(contoso_, "b", "5", "'User'");
    sku(contoso_, "c", "5", "null");
    sku(contoso_, "d", "null");

    EXPECT_EQ(
        database_.rows("select sku_id, difference from reporting.seats order by 1"),
        (Rows{{"a", std::nullopt}, {"b", "5"}, {"c", "5"}, {"d", std::nullopt}})
    );
}

TEST_F(Seats, AreThereForCustomersWithoutNameAndOnlyForProductsThatTheCustomerHas) {
    customer(contoso_, "null");
    licenses_read(contoso_);
    sku(contoso_, "e3", "0");
    license(contoso_, 1, "gone");

    EXPECT_EQ(
        database_.rows("select company_name, sku_id from reporting.seats"),
        (Rows{{std::nullopt, "e3"}})
    );
}

class UsersWithoutLicense : public ReportingFixture {
  protected:
    void SetUp() override {
        customer(contoso_);
        for (int number = 1; number <= 3; ++number)
            user(contoso_, number);
    }

    [[nodiscard]] Rows names() const {
        return database_.rows("select user_principal_name from reporting.users_without_license "
                              "order by customer_id, user_id");
    }
};

TEST_F(UsersWithoutLicense, AreTheActiveOnesThatHoldNone) {
    licenses_read(contoso_);
    license(contoso_, 1, "e3");
    license(contoso_, 1, "ems");
    license(fabrikam_, 2, "e3");
    user(contoso_, 4, "'inactive'");
    user(contoso_, 5, "null");

    EXPECT_EQ(names(), (Rows{{"user2"}, {"user3"}, {"user5"}}));
    EXPECT_EQ(
        database_.rows("select distinct company_name, usage_location, first_seen_at is not null "
                       "from reporting.users_without_license"),
        (Rows{{"Contoso", std::nullopt, "t"}})
    );
}

TEST_F(UsersWithoutLicense, AreUnknownWhereLicensesWereNeverRead) {
    EXPECT_THAT(names(), IsEmpty());

    licenses_read(contoso_, "false", "null", "user_settings");
    EXPECT_THAT(names(), IsEmpty()) << "another resource was read";
}

TEST_F(UsersWithoutLicense, AreUnknownBehindTheReadingThatIsUnderWay) {
    licenses_read(contoso_, "true");
    EXPECT_THAT(names(), IsEmpty()) << "it has just begun";

    database_.execute("update pcmirror.row_reads set read_to = '" + numbered(2) + "'");
    EXPECT_EQ(names(), (Rows{{"user1"}, {"user2"}}));

    database_.execute("update pcmirror.row_reads set whole = false");
    EXPECT_EQ(names(), (Rows{{"user1"}, {"user2"}, {"user3"}})) << "a re-read rolls from here";
}

TEST_F(UsersWithoutLicense, AreUnknownWhileTheyAreToBeAskedAbout) {
    licenses_read(contoso_);
    owed(contoso_, 1);
    database_.execute("insert into pcmirror.owed_reads (customer_id, resource, row_id, again) "
                      "select customer_id, resource, row_id, true from pcmirror.owed_reads");
    owed(contoso_, 2, "user_settings");
    owed(fabrikam_, 3);

    EXPECT_EQ(names(), (Rows{{"user2"}, {"user3"}}));
}

class LicensesOfInactiveUsers : public ReportingFixture {
  protected:
    void SetUp() override { customer(contoso_); }

    [[nodiscard]] Rows ends(const std::string& time_zone) const {
        return database_.rows(
            "set timezone = '" + time_zone +
            "'; select user_principal_name, sku_id, gone_for_good_at at time zone 'utc' from "
            "reporting.licenses_of_inactive_users order by 1, 2"
        );
    }
};

TEST_F(LicensesOfInactiveUsers, AreNotThoseOfActiveUsersOrOfOtherCustomers) {
    user(contoso_, 1);
    user(contoso_, 2, "'inactive'");
    user(contoso_, 3, "'inactive'");
    license(contoso_, 1, "e3");
    license(contoso_, 3, "e3");
    license(contoso_, 3, "ems");
    license(fabrikam_, 2, "e3");

    EXPECT_EQ(
        database_.rows("select company_name, user_principal_name, sku_id from "
                       "reporting.licenses_of_inactive_users order by sku_id"),
        (Rows{{"Contoso", "user3", "e3"}, {"Contoso", "user3", "ems"}})
    );
}

TEST_F(LicensesOfInactiveUsers, EndThirtyTimes24HoursAfterTheDeletion) {
    user(contoso_, 1, "'inactive'", "'2026-10-20T12:30:00Z'");
    user(contoso_, 2, "'inactive'");
    license(contoso_, 1, "e3");
    license(contoso_, 2, "e3");
    const Rows expected{{"user1", "e3", "2026-11-19 12:30:00"}, {"user2", "e3", std::nullopt}};

    EXPECT_EQ(ends("UTC"), expected);
    EXPECT_EQ(ends("Europe/Berlin"), expected) << "the clocks change in between";
}

} // namespace
} // namespace pcmirror::testing
