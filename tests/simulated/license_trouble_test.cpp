#include "tests/simulated/license_world.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::SizeIs;

// What license reads must survive.

class LicenseTrouble : public LicenseWorld {
  protected:
    /// The ids of some users, as alternatives of a regular expression.
    [[nodiscard]] std::string some_users(const std::string& customer, int count) const {
        return *database_.value(
            "select string_agg(user_id::text, '|') from (select user_id from "
            "partner_center.users where customer_id = '" +
            customer + "' and state = 'active' order by user_id limit " + std::to_string(count) +
            ") u"
        );
    }

    void answer_nothing(const std::string& path, int times = 0) {
        fault(
            {{"fault", "status"},
             {"status", 200},
             {"body", R"({"totalCount":0,"items":[]})"},
             {"path", path},
             {"times", times}}
        );
    }

    [[nodiscard]] long long holders_of(const std::string& sku) const {
        return rows("partner_center.user_licenses", "sku_id = '" + sku + "'");
    }
};

TEST_F(LicenseTrouble, OfAllUsersLeavesANewDescriptionToBeReadAfterwards) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "60"});
    database_.execute("update pcmirror.sync_scopes set fingerprint = 1 where resource = "
                      "'user_licenses' and digest is null");
    fault({{"fault", "status"}, {"status", 500}, {"path", "licenses"}});
    engine().pass(licenses);
    EXPECT_EQ(scope("state", licenses, big()), "failing");
    no_faults();
    forget_requests();

    engine().pass(licenses);

    EXPECT_EQ(
        asked_users().size(),
        static_cast<std::size_t>(rows("partner_center.users", "customer_id = '" + big() + "'"))
    );
    EXPECT_EQ(scope("state", licenses, big()), "ok");
}

TEST_F(LicenseTrouble, OfSomeUsersNeitherRefusesTheirCustomerNorKeepsOthersWaiting) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "60"});
    for (const int status : {403, 500}) {
        no_faults();
        fault(
            {{"fault", "status"},
             {"status", status},
             {"path", "users/(" + some_users(big(), 25) + ")/licenses"}}
        );
        read_licenses({.full = true});
        const std::string user = license_a_new_user();

        read_licenses();

        EXPECT_EQ(scope("state", licenses, big()), "failing") << status;
        EXPECT_THAT(scope("last_error", licenses, big()), HasSubstr(" users: "));
        EXPECT_THAT(scope("last_error", licenses, big()), SizeIs(Lt(400U)));
        EXPECT_EQ(rows("partner_center.user_licenses", "user_id = '" + user + "'"), 1) << status;
    }
    no_faults();
    read_licenses();
    EXPECT_EQ(rows("pcmirror.sync_scopes", "state <> 'ok'"), 0);
    expect_licenses_equal_world();
}

TEST_F(LicenseTrouble, OfACustomerWithFewUsersThatIsRefusedRefusesIt) {
    world({"--customers", "1", "--users", "0", "--big-users", "3", "--subscriptions", "0"});
    engine(no_guard()).pass("customers");
    fault({{"fault", "refuse"}, {"customer", big()}, {"path", "licenses"}});
    read_licenses();
    EXPECT_EQ(scope("state", licenses, big()), "refused");
    EXPECT_EQ(licenses_asked(), 3U);
}

TEST_F(LicenseTrouble, OfUsersThatWereNeverReadIsNoEmptyAnswer) {
    world({"--customers", "3", "--users", "8", "--subscriptions", "0"});
    engine(no_guard()).pass("customers");
    fault({{"fault", "refuse"}, {"customer", customer(0)}, {"path", "users"}});
    fault({{"fault", "status"}, {"status", 500}, {"customer", customer(2)}, {"path", "users"}});

    read_licenses();

    EXPECT_EQ(scope("state", licenses, customer(0)), "refused");
    EXPECT_EQ(scope("state", licenses, customer(2)), "failing");
    EXPECT_THAT(scope("last_error", licenses, customer(2)), HasSubstr("were not read yet"));
    EXPECT_EQ(scope("last_success_at", licenses, customer(2)), "NULL");
    EXPECT_EQ(
        rows("reporting.seats", "customer_id = '" + customer(0) + "' and difference is not null"), 0
    );
    no_faults();
    engine().pass("users", {.full = true});
    read_licenses({.full = true});
    expect_licenses_equal_world();
}

TEST_F(LicenseTrouble, OfAProductThatIsGoneIsSearchedAmongItsHolders) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "60"});
    const std::string sku = sku_of(big());
    const long long holders = holders_of(sku);
    ASSERT_GT(holders, 0);
    change({{"remove_sku", {big(), sku}}});

    read_licenses();

    EXPECT_EQ(holders_of(sku), 0);
    EXPECT_LE(licenses_asked(), static_cast<std::size_t>(holders));
    expect_licenses_equal_world();
}

TEST_F(LicenseTrouble, OfAServiceThatForgetsThemIsNoticedSliceBySlice) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "600"});
    engine({{"delete_guard", {{"max_fraction", 0.5}, {"max_fraction_per_pass", 1.0}}}});
    const long long before = rows("partner_center.user_licenses");
    answer_nothing("licenses");

    wait("12 hours");
    engine().pass(licenses);
    EXPECT_THAT(
        scope("last_error", licenses, big()), HasSubstr("rows that were read in their turn")
    );
    for (int pass = 0; pass < 2; ++pass) {
        wait("12 hours");
        engine().pass(licenses);
        EXPECT_EQ(scope("state", licenses, big()), "held");
    }

    EXPECT_EQ(rows("partner_center.user_licenses"), before);
    no_faults();
    engine().pass(licenses, {.allow_deletes = true});
    EXPECT_EQ(scope("state", licenses, big()), "ok");
    expect_licenses_equal_world();
}

TEST_F(LicenseTrouble, OfOneWrongAnswerIsNotTakenForUsual) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "40"});
    const std::string user = holder(big(), sku_of(big()));
    answer_nothing("users/" + user + "/licenses", 1);
    EXPECT_GT(read_licenses({.full = true}).totals.rows.deleted, 0U);

    read_licenses();

    expect_licenses_equal_world();
}

TEST_F(LicenseTrouble, OfAnotherCounterBeginsTheSearchAnew) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "1150"});
    const std::string lasting = sku_of(big());
    count_more(lasting, 1);
    read_licenses();
    read_licenses();
    // By now the search has passed all users that had nothing.
    const std::string other = other_sku(lasting);
    change({{"assign_license", {big(), unlicensed_user(big()), other}}});

    for (int pass = 0; pass < 4; ++pass)
        read_licenses();

    EXPECT_EQ(mirrored(database_, licenses), truth(simulator(), licenses));
    forget_requests();
    read_licenses();
    EXPECT_EQ(licenses_asked(), 0U);
}

// Users are a scope of two listings.

TEST_F(LicenseTrouble, OfADeletedUserThatAListingSkipsOnceDeletesNobody) {
    mirrored_world(
        {"--customers", "1", "--users", "0", "--big-users", "60", "--switch", "inactive_user=404"}
    );
    ASSERT_GT(rows("partner_center.users", "state = 'inactive'"), 0);
    const long long users = rows("partner_center.users");
    fault({{"fault", "moved_item"}, {"kind", "skip"}, {"path", "Inactive"}, {"times", 1}});

    const PassReport report = engine().pass("users");

    EXPECT_EQ(report.totals.rows.deleted, 0U);
    EXPECT_EQ(rows("partner_center.users"), users);
    EXPECT_EQ(asked("get_user"), 1U) << "the listing did skip one";
    expect_licenses_equal_world();

    // Whoever is really gone goes.
    const std::string user = user_where(big(), "state = 'inactive'");
    change({{"vanish_user", {big(), user}}});
    EXPECT_EQ(engine().pass("users").totals.rows.deleted, 1U);
}

TEST_F(LicenseTrouble, OfDeletedUsersThatCantBeListedLetsTheActiveOnesThrough) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "60"});
    const std::string renamed = user_where(big(), "state = 'active'");
    const std::string gone = user_where(big(), "state = 'active' and user_id <> '" + renamed + "'");
    change({{"set_user", {big(), renamed, {{"displayName", "Renamed"}}}}});
    change({{"vanish_user", {big(), gone}}});
    fault({{"fault", "status"}, {"status", 500}, {"path", "Inactive"}});

    const PassReport report = engine().pass("users");

    EXPECT_EQ(report.totals.rows.updated, 1U);
    EXPECT_EQ(report.totals.rows.deleted, 0U);
    EXPECT_EQ(scope("state", "users", big()), "failing");
    EXPECT_THAT(scope("last_error", "users", big()), HasSubstr("inactive: "));
    no_faults();
    EXPECT_EQ(engine().pass("users").totals.rows.deleted, 1U);
    read_licenses();
    expect_licenses_equal_world();
}

TEST_F(LicenseTrouble, OfAUserThatComesBackBetweenTheTwoListingsLosesNobody) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "60"});
    const std::string user = user_where(big(), "state = 'inactive'");
    // Neither listing has it: it returns after the active ones were read.
    fault({{"fault", "moved_item"}, {"kind", "skip"}, {"path", "Inactive"}, {"times", 1}});
    EXPECT_EQ(engine().pass("users").totals.rows.deleted, 0U);
    change({{"restore_user", {big(), user}}});
    read_licenses();
    expect_licenses_equal_world();
}

} // namespace
} // namespace pcmirror::testing
