#include "tests/simulated/license_world.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using LicenseReads = LicenseWorld;

// Licenses cost one request a user: which of these are made.

TEST_F(LicenseReads, AskForEveryUserOnceAtFirst) {
    world({"--customers", "4", "--users", "12", "--subscriptions", "0"});
    engine(no_guard()).pass("customers");

    const PassReport report = read_licenses();

    EXPECT_EQ(licenses_asked(), static_cast<std::size_t>(rows("partner_center.users")));
    EXPECT_EQ(report.totals.requests, licenses_asked());
    EXPECT_EQ(report.totals.scopes_ok, 4U);
    expect_licenses_equal_world();
}

TEST_F(LicenseReads, CostNothingInAnUnchangedWorld) {
    mirrored_world({"--customers", "4", "--users", "12"});

    const PassReport report = read_licenses();

    EXPECT_EQ(licenses_asked(), 0U);
    EXPECT_EQ(report.totals.scopes_unchanged, 4U);
    EXPECT_EQ(rows("pcmirror.sync_scopes", "state <> 'ok'"), 0);
}

TEST_F(LicenseReads, AreAllMadeInAFullPassAndWriteNoRowThatIsTheSame) {
    mirrored_world({"--customers", "4", "--users", "12"});
    const Rows before =
        database_.rows("select xmin from partner_center.user_licenses order by ctid");

    const PassReport report = read_licenses({.full = true});

    EXPECT_EQ(licenses_asked(), static_cast<std::size_t>(rows("partner_center.users")));
    EXPECT_EQ(report.totals.rows.seen, static_cast<std::uint64_t>(before.size()));
    EXPECT_EQ(
        database_.rows("select xmin from partner_center.user_licenses order by ctid"), before
    );
}

TEST_F(LicenseReads, ThatFindNothingNewAreComparedWithoutStagingThem) {
    mirrored_world({"--customers", "4", "--users", "12"});
    engine(no_guard());

    const PassReport report = engine().pass(licenses, {.full = true});

    EXPECT_GT(report.totals.rows.seen, 0U);
    EXPECT_EQ(rows("pg_catalog.pg_class", "relname = 'stage_user_licenses'"), 0);
}

TEST_F(LicenseReads, FindANewLicenseWithAHandfulOfRequests) {
    mirrored_world({"--customers", "2", "--users", "1", "--big-users", "600"});
    const std::string user = unlicensed_user(big());
    // What the directory knows of a user moves when somebody works on it.
    change({{"set_user", {big(), user, {{"displayName", "Promoted"}}}}});
    change({{"assign_license", {big(), user, sku_of(big())}}});

    const PassReport report = read_licenses();

    EXPECT_EQ(report.totals.rows.inserted, 1U);
    EXPECT_LE(licenses_asked(), 8U);
    expect_licenses_equal_world();
    forget_requests();
    read_licenses();
    EXPECT_EQ(licenses_asked(), 0U);
}

TEST_F(LicenseReads, FindANewLicenseAmongManyUsersThatChanged) {
    mirrored_world({"--customers", "2", "--users", "1", "--big-users", "300"});
    const std::string user = unlicensed_user(big());
    change({{"assign_license", {big(), user, sku_of(big())}}});
    // As where the directory is synchronized, which moves a time of each.
    database_.execute("update partner_center.users set changed_at = now()");

    engine().pass("subscribed_skus");
    const PassReport report = engine().pass(licenses);

    EXPECT_EQ(report.totals.rows.inserted, 1U);
    expect_licenses_equal_world();
}

TEST_F(LicenseReads, SearchThoseWithoutALicenseWhenACountRises) {
    mirrored_world({"--customers", "2", "--users", "1", "--big-users", "300"});
    const auto without = static_cast<std::size_t>(rows(
        "partner_center.users u",
        "state = 'active' and not exists (select from partner_center.user_licenses l where "
        "l.user_id = u.user_id)"
    ));
    change({{"assign_license", {big(), unlicensed_user(big()), sku_of(big())}}});

    EXPECT_EQ(read_licenses().totals.rows.inserted, 1U);

    // The last request or two of those that go out together may come too late.
    EXPECT_LE(licenses_asked(), without + without / 2);
    expect_licenses_equal_world();
}

TEST_F(LicenseReads, SearchHoldersWhenACountFalls) {
    mirrored_world({"--customers", "2", "--users", "1", "--big-users", "300"});
    const std::string sku = sku_of(big());
    const auto holders =
        static_cast<std::size_t>(rows("partner_center.user_licenses", "sku_id = '" + sku + "'"));
    change({{"remove_license", {big(), holder(big(), sku), sku}}});

    EXPECT_EQ(read_licenses().totals.rows.deleted, 1U);

    EXPECT_LE(licenses_asked(), holders);
    expect_licenses_equal_world();
}

TEST_F(LicenseReads, AskForNewUsersAndForThoseThatCameBack) {
    mirrored_world({"--customers", "2", "--users", "10"});
    const std::string sku = sku_of(big());
    const std::string user = holder(big(), sku);
    change({{"delete_user", {big(), user}}});
    read_licenses();
    EXPECT_EQ(asked_users(), (std::multiset<std::string>{user}));
    EXPECT_EQ(rows("partner_center.user_licenses", "user_id = '" + user + "'"), 0);

    forget_requests();
    change({{"restore_user", {big(), user}}});
    change({{"add_users", {big(), 2}}});
    read_licenses();
    EXPECT_EQ(asked_users().size(), 3U);
    EXPECT_EQ(asked_users().count(user), 1U);
    expect_licenses_equal_world();
}

TEST_F(LicenseReads, LeaveWithTheirUserWithoutARequest) {
    mirrored_world({"--customers", "2", "--users", "10"});
    const std::string user = holder(big(), sku_of(big()));
    change({{"delete_user", {big(), user}}});
    change({{"vanish_user", {big(), user}}});

    const PassReport report = read_licenses();

    EXPECT_GE(report.totals.rows.deleted, 1U);
    EXPECT_EQ(licenses_asked(), 0U);
    expect_licenses_equal_world();
}

TEST_F(LicenseReads, TakeLastingDifferencesForUsual) {
    // Some counters count more than there is to be seen: the deleted, what is the tenant's, ...
    mirrored_world({"--customers", "6", "--users", "30", "--switch", "deleted_are_counted=on"});
    ASSERT_GT(
        rows(
            "partner_center.subscribed_skus s",
            "target_type = 'User' and consumed_units <> (select count(*) from "
            "partner_center.user_licenses l where l.customer_id = s.customer_id and l.sku_id = "
            "s.sku_id)"
        ),
        0
    );
    ASSERT_GT(rows("partner_center.subscribed_skus", "target_type = 'Tenant'"), 0);
    ASSERT_GT(rows("partner_center.subscribed_skus", "license_group_id = 'group2'"), 0);

    for (int pass = 0; pass < 3; ++pass)
        read_licenses();

    EXPECT_EQ(licenses_asked(), 0U);
}

TEST_F(LicenseReads, TakeADifferenceForUsualOnceNobodyIsLeftToBeAsked) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "40"});
    const std::string sku = sku_of(big());
    count_more(sku, 3);

    read_licenses();
    const std::size_t asked_once = licenses_asked();
    EXPECT_GT(asked_once, 0U);
    EXPECT_LE(asked_once, 40U);
    read_licenses();
    EXPECT_EQ(licenses_asked(), asked_once);
}

TEST_F(LicenseReads, WaitForACounterThatLagsBehindWhatWasFound) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "40"});
    license_a_new_user_behind_the_counters();

    EXPECT_EQ(read_licenses().totals.rows.inserted, 1U);
    EXPECT_EQ(licenses_asked(), 1U);
    read_licenses();
    EXPECT_EQ(licenses_asked(), 1U) << "the counter has not followed yet";
    turn({{"counter_lag", 0}});
    read_licenses();
    read_licenses();
    EXPECT_EQ(licenses_asked(), 1U) << "the counter has followed";
    expect_licenses_equal_world();
}

TEST_F(LicenseReads, TakeWhatACounterNeverFollowedForUsual) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "40"});
    license_a_new_user_behind_the_counters();
    read_licenses();
    database_.execute("update pcmirror.row_reads set expected_until = now() - interval '1 second'");
    forget_requests();

    read_licenses();
    read_licenses();

    EXPECT_EQ(licenses_asked(), 0U);
    EXPECT_EQ(rows("pcmirror.row_reads", "expected is not null"), 0);
}

// The rolling re-read, for what no counter tells.

TEST_F(LicenseReads, FindASwapInTheRollingReReadAtTheLatest) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "60"});
    const std::string sku = sku_of(big());
    change({{"swap_license", {big(), holder(big(), sku), sku, unlicensed_user(big())}}});
    read_licenses();
    EXPECT_EQ(licenses_asked(), 0U) << "nothing tells of it";

    for (int day = 0; day < 7; ++day) {
        wait("1 day");
        read_licenses();
    }

    expect_licenses_equal_world();
    EXPECT_LE(licenses_asked(), 64U);
}

TEST_F(LicenseReads, GoRoundWithinTheTimeWhateverRestarts) {
    mirrored_world({"--customers", "3", "--users", "9", "--big-users", "50"});
    const auto all = static_cast<std::size_t>(rows("partner_center.users"));

    for (int pass = 0; pass < 28; ++pass) {
        wait("6 hours");
        engine(no_guard()); // another process
        engine().pass(licenses);
    }

    const std::multiset<std::string> asked = asked_users();
    EXPECT_EQ(std::set<std::string>(asked.begin(), asked.end()).size(), all);
    EXPECT_LE(asked.size(), all + all / 10 + 3);
}

TEST_F(LicenseReads, AskEverybodyOnceAfterALongPause) {
    mirrored_world({"--customers", "3", "--users", "9"});
    wait("100 days");
    read_licenses();
    EXPECT_EQ(licenses_asked(), static_cast<std::size_t>(rows("partner_center.users")));
    read_licenses();
    EXPECT_EQ(licenses_asked(), static_cast<std::size_t>(rows("partner_center.users")));
}

TEST_F(LicenseReads, ThatWereInterruptedGoOnWhereTheyStopped) {
    world({"--customers", "1", "--users", "0", "--big-users", "1100", "--subscriptions", "0"});
    engine(no_guard()).pass("customers");
    engine().pass("users");
    engine().pass("subscribed_skus");
    fault({{"fault", "status"}, {"status", 500}, {"path", "licenses"}, {"after", 620}});
    const PassReport first = engine().pass(licenses);
    EXPECT_EQ(first.totals.scopes_failed, 1U);
    EXPECT_GT(rows("partner_center.user_licenses"), 0) << "what was read is there";
    no_faults();
    forget_requests();

    const PassReport second = engine().pass(licenses);

    EXPECT_EQ(second.totals.scopes_ok, 1U);
    EXPECT_GE(licenses_asked(), 1100U - 620U);
    EXPECT_LE(licenses_asked(), 1100U - 580U) << "what was read is not read again";
    expect_licenses_equal_world();
}

// Users that can't be read.

TEST_F(LicenseReads, OfOneUserThatIsRefusedCostTheOthersNothing) {
    mirrored_world({"--customers", "2", "--users", "12"});
    const std::string user = holder(big(), sku_of(big()));
    const long long held = rows("partner_center.user_licenses", "user_id = '" + user + "'");
    for (const int status : {403, 404}) {
        no_faults();
        fault({{"fault", "status"}, {"status", status}, {"path", "users/" + user + "/licenses"}});
        const PassReport report = read_licenses({.full = true});
        EXPECT_EQ(report.totals.scopes_failed, 1U) << status;
        EXPECT_EQ(report.totals.rows.deleted, 0U);
        EXPECT_EQ(scope("state", licenses, big()), "failing");
        EXPECT_THAT(scope("last_error", licenses, big()), HasSubstr(user));
        EXPECT_THAT(scope("last_error", licenses, big()), Not(HasSubstr("more")));
        EXPECT_EQ(rows("partner_center.user_licenses", "user_id = '" + user + "'"), held);

        // Only that user is asked again, each time.
        forget_requests();
        read_licenses();
        const std::multiset<std::string> asked = asked_users();
        EXPECT_EQ(std::set<std::string>(asked.begin(), asked.end()).size(), 1U);
        EXPECT_EQ(asked.count(user), asked.size());
        EXPECT_EQ(scope("state", licenses, big()), "failing");
    }
    no_faults();
    read_licenses();
    EXPECT_EQ(rows("pcmirror.sync_scopes", "state <> 'ok'"), 0);
    expect_licenses_equal_world();
}

TEST_F(LicenseReads, OfACustomerThatIsRefusedAreNotAskedUserByUser) {
    world({"--customers", "2", "--users", "0", "--big-users", "60", "--subscriptions", "0"});
    engine(no_guard()).pass("customers");
    engine().pass("users");
    engine().pass("subscribed_skus");
    fault({{"fault", "refuse"}, {"customer", big()}, {"path", "licenses"}});

    const PassReport report = engine().pass(licenses);

    EXPECT_EQ(report.totals.scopes_refused, 1U);
    EXPECT_EQ(scope("state", licenses, big()), "refused");
    EXPECT_LE(licenses_asked(), 30U);
    no_faults();
    read_licenses({.full = true});
    expect_licenses_equal_world();
}

TEST_F(LicenseReads, OfDeletedUsersMayBeOutOfReach) {
    mirrored_world(
        {"--customers",
         "2",
         "--users",
         "20",
         "--switch",
         "inactive_user_licenses=404",
         "--switch",
         "deleted_keep_licenses=on"}
    );
    EXPECT_GT(rows("partner_center.users", "state = 'inactive'"), 0);
    EXPECT_EQ(rows("pcmirror.sync_scopes", "state <> 'ok'"), 0);

    // What is known of somebody's licenses stays when nothing more can be heard of them.
    const std::string user = holder(big(), sku_of(big()));
    const long long held = rows("partner_center.user_licenses", "user_id = '" + user + "'");
    change({{"delete_user", {big(), user}}});
    read_licenses();
    EXPECT_EQ(rows("partner_center.user_licenses", "user_id = '" + user + "'"), held);
    EXPECT_EQ(rows("pcmirror.sync_scopes", "state <> 'ok'"), 0);
    EXPECT_EQ(rows("pcmirror.owed_reads"), 0);
}

TEST_F(LicenseReads, ThatWouldDeleteTooMuchAreHeldAndAskedAgain) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "60"});
    engine({{"delete_guard", {{"max_fraction", 0.2}, {"max_fraction_per_pass", 1.0}}}});
    const long long before = rows("partner_center.user_licenses");
    fault(
        {{"fault", "status"},
         {"status", 200},
         {"body", R"({"totalCount":0,"items":[]})"},
         {"path", "licenses"}}
    );

    EXPECT_EQ(engine().pass(licenses, {.full = true}).totals.scopes_held, 1U);

    EXPECT_EQ(scope("state", licenses, big()), "held");
    EXPECT_EQ(scope("held_rows", licenses, big()), std::to_string(before));
    EXPECT_THAT(
        scope("last_error", licenses, big()),
        HasSubstr("sync user_licenses --customer " + big() + " --allow-deletes")
    );
    EXPECT_EQ(rows("partner_center.user_licenses"), before);
    EXPECT_EQ(engine().pass(licenses).totals.scopes_held, 1U) << "it is not forgotten";
    EXPECT_EQ(
        engine().pass(licenses, {.allow_deletes = true}).totals.rows.deleted,
        static_cast<std::uint64_t>(before)
    );
    EXPECT_EQ(scope("state", licenses, big()), "ok");
    EXPECT_EQ(scope("row_count", licenses, big()), "0");

    no_faults();
    read_licenses({.full = true});
    expect_licenses_equal_world();
}

TEST_F(LicenseReads, RejectABadOneAndKeepWhatItsUserHas) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "30"});
    const std::string user = holder(big(), sku_of(big()));
    const long long before = rows("partner_center.user_licenses");
    fault(
        {{"fault", "bad_records"}, {"kind", "missing_key"}, {"path", "users/" + user + "/licenses"}}
    );

    const PassReport report = read_licenses({.full = true});

    EXPECT_EQ(report.totals.rows.rejected, 1U);
    EXPECT_EQ(report.totals.rows.deleted, 0U);
    EXPECT_EQ(rows("partner_center.user_licenses"), before);
    EXPECT_EQ(rows("pcmirror.rejected_records", "key ->> 'user_id' = '" + user + "'"), 1);
    no_faults();
    read_licenses();
    EXPECT_EQ(rows("pcmirror.rejected_records"), 1) << "nobody asked that user since";
    read_licenses({.full = true});
    EXPECT_EQ(rows("pcmirror.rejected_records"), 0);
}

TEST_F(LicenseReads, OfADryRunLeaveNothing) {
    world({"--customers", "2", "--users", "12", "--subscriptions", "0"});
    engine(no_guard()).pass("customers");
    engine().pass("users");
    engine().pass("subscribed_skus");

    const PassReport report = engine().pass(licenses, {.dry_run = true});

    EXPECT_EQ(report.changes.size(), truth(simulator(), licenses).size());
    EXPECT_EQ(licenses_asked(), static_cast<std::size_t>(rows("partner_center.users")));
    EXPECT_EQ(rows("partner_center.user_licenses"), 0);
    EXPECT_EQ(rows("pcmirror.row_reads"), 0);
    read_licenses();
    expect_licenses_equal_world();
}

TEST_F(LicenseReads, LeaveWithTheirCustomerAndUndoToNothing) {
    mirrored_world({"--customers", "4", "--users", "8"});
    change({{"remove_customer", customer(2)}});
    engine().pass("customers");
    expect_licenses_equal_world();
    EXPECT_EQ(rows("pcmirror.row_reads"), 3);

    undo_to(database_, 0);
    for (const char* table : {"customers", "users", "subscribed_skus", licenses})
        EXPECT_EQ(rows(std::string("partner_center.") + table), 0) << table;
}

} // namespace
} // namespace pcmirror::testing
