#include "tests/simulated/license_world.hpp"

#include <optional>
#include <pqxx/pqxx>

namespace pcmirror::testing {
namespace {

// Passes over licenses that are dry, whole or stopped, and what counters say meanwhile.

/// Counts answers that have come.
class Answers : public PassListener {
  public:
    void started(const Resource&, const PassTotals&) override {}

    void advanced(const Resource&, const PassTotals& totals) override { taken = totals.rows_asked; }

    void finished(const PassReport&) override {}

    void broken_off(const PassReport&) override {}

    std::uint64_t taken = 0;
};

class LicensePass : public LicenseWorld {
  protected:
    /// All but the licenses is mirrored of one customer with so many users.
    void unread_world(int users) {
        world(
            {"--customers",
             "1",
             "--users",
             "0",
             "--big-users",
             std::to_string(users),
             "--subscriptions",
             "0"}
        );
        engine(no_guard()).pass("customers");
        engine().pass("users");
        engine().pass("subscribed_skus");
    }

    /// The API breaks down after so many answers.
    void break_down_after(int answers) {
        fault({{"fault", "status"}, {"status", 500}, {"path", "licenses"}, {"after", answers}});
    }

    /// A whole reading that broke down in the middle of 1,100 users.
    void interrupted_full_reading() {
        unread_world(1100);
        engine().pass(licenses);
        break_down_after(620);
        engine().pass(licenses, {.full = true});
        no_faults();
        forget_requests();
    }

    /// As an operator goes on with an interrupted one.
    PassReport full_within_six_hours() {
        forget_requests();
        return engine().pass(licenses, {.max_age = std::chrono::hours(6), .full = true});
    }

    /// A whole reading that one of 60 users kept from being verified, who answers again.
    void full_reading_without_a_user() {
        unread_world(60);
        engine().pass(licenses);
        const std::string user = user_where(big(), "state = 'active'");
        fault({{"fault", "status"}, {"status", 500}, {"path", "users/" + user + "/licenses"}});
        engine().pass(licenses, {.full = true});
        EXPECT_EQ(scope("state", licenses, big()), "failing");
        no_faults();
    }

    /// What a dry run asks for, and what the pass does after it.
    void expect_same_requests(
        PassOptions options = {}, const std::function<void()>& before_each = [] {}
    ) {
        forget_requests();
        before_each();
        options.dry_run = true;
        const PassReport dry = engine().pass(licenses, options);
        const std::multiset<std::string> asked_dry = asked_users();
        forget_requests();
        before_each();
        options.dry_run = false;
        const PassReport real = engine().pass(licenses, options);
        EXPECT_EQ(asked_dry, asked_users());
        EXPECT_EQ(
            dry.changes.size(),
            real.totals.rows.inserted + real.totals.rows.updated + real.totals.rows.deleted
        );
        EXPECT_EQ(dry.totals.rows.inserted, real.totals.rows.inserted);
        EXPECT_EQ(dry.totals.rows.deleted, real.totals.rows.deleted);
        EXPECT_EQ(dry.totals.rows.held, real.totals.rows.held);
        ASSERT_EQ(dry.troubles.size(), real.troubles.size());
        for (std::size_t at = 0; at < dry.troubles.size(); ++at)
            EXPECT_EQ(dry.troubles[at].message, real.troubles[at].message);
    }
};

TEST_F(LicensePass, ThatIsDrySearchesAsFarAsARealOne) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "300"});
    const std::string sku = sku_of(big());
    const std::string other = other_sku(sku);
    change({{"assign_license", {big(), unlicensed_user(big()), sku}}});
    change({{"remove_license", {big(), holder(big(), other), other}}});
    engine().pass("users");
    engine().pass("subscribed_skus");

    expect_same_requests();

    expect_licenses_equal_world();
}

TEST_F(LicensePass, ThatIsDryFindsWhoIsNewAndStops) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "300"});
    license_a_new_user();
    engine().pass("subscribed_skus");

    expect_same_requests();

    EXPECT_EQ(licenses_asked(), 1U);
    expect_licenses_equal_world();
}

TEST_F(LicensePass, ThatIsDryStopsAtAProductWithoutACounterToo) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "60"});
    change({{"remove_sku", {big(), sku_of(big())}}});
    engine().pass("subscribed_skus");
    expect_same_requests();
}

TEST_F(LicensePass, ThatIsDryHoldsWhatARealOneHolds) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "1100"});
    // One request after the other, so that it is the same users whose answers are empty.
    engine(
        {{"delete_guard", {{"max_fraction", 0.5}, {"max_fraction_per_pass", 1.0}}},
         {"partner_center", {{"concurrency", 1}}}}
    );
    const long long before = rows("partner_center.user_licenses");
    expect_same_requests({.full = true}, [this] {
        no_faults();
        fault(
            {{"fault", "status"},
             {"status", 200},
             {"body", R"({"totalCount":0,"items":[]})"},
             {"path", "licenses"},
             {"after", 400}}
        );
    });
    EXPECT_LT(rows("partner_center.user_licenses"), before);
    EXPECT_EQ(scope("state", licenses, big()), "held");
}

TEST_F(LicensePass, ThatIsDryReleasesWhatARealOneReleases) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "60"});
    engine({{"delete_guard", {{"max_fraction", 0.2}, {"max_fraction_per_pass", 1.0}}}});
    fault(
        {{"fault", "status"},
         {"status", 200},
         {"body", R"({"totalCount":0,"items":[]})"},
         {"path", "licenses"}}
    );
    engine().pass(licenses, {.full = true});
    EXPECT_EQ(scope("state", licenses, big()), "held");

    expect_same_requests();
    expect_same_requests({.allow_deletes = true});

    EXPECT_EQ(rows("partner_center.user_licenses"), 0);
    EXPECT_EQ(rows("pcmirror.owed_reads"), 0);
}

TEST_F(LicensePass, ThatIsWholeBeginsAnewUnlessItIsTold) {
    interrupted_full_reading();
    engine().pass(licenses, {.full = true});
    EXPECT_GE(licenses_asked(), 1100U);
}

TEST_F(LicensePass, ThatIsWholeGoesOnWithinACustomerWithMaxAge) {
    interrupted_full_reading();

    const PassReport report = full_within_six_hours();

    EXPECT_EQ(report.totals.scopes_ok, 1U);
    EXPECT_LE(licenses_asked(), 520U);
    full_within_six_hours();
    EXPECT_EQ(licenses_asked(), 0U) << "verified within that time";
    expect_licenses_equal_world();
}

TEST_F(LicensePass, ThatIsWholeGoesOnHoweverLongAgoItBegan) {
    interrupted_full_reading();
    wait("7 hours", "rolled_at");
    wait("1 hour", "applied_at");

    EXPECT_EQ(full_within_six_hours().totals.scopes_ok, 1U);

    EXPECT_LE(licenses_asked(), 520U);
    full_within_six_hours();
    EXPECT_EQ(licenses_asked(), 0U);
}

TEST_F(LicensePass, ThatIsWholeBeginsAnewWhereItWasLeftTooLongAgo) {
    interrupted_full_reading();
    wait("7 hours");
    full_within_six_hours();
    EXPECT_GE(licenses_asked(), 1100U);
}

TEST_F(LicensePass, ThatIsWholeAsksThoseWhomOnlyCountersVerifiedMeanwhile) {
    unread_world(60);
    engine().pass(licenses);
    wait("7 hours");
    EXPECT_EQ(engine().pass(licenses).totals.scopes_ok, 1U);

    EXPECT_EQ(full_within_six_hours().totals.scopes_skipped, 0U);

    EXPECT_GE(licenses_asked(), 60U);
    EXPECT_EQ(full_within_six_hours().totals.scopes_skipped, 1U);
    EXPECT_EQ(licenses_asked(), 0U);
}

TEST_F(LicensePass, ThatIsWholeAsksOnlyThoseAgainWhomItCouldNotRead) {
    full_reading_without_a_user();

    EXPECT_EQ(full_within_six_hours().totals.scopes_ok, 1U);

    EXPECT_EQ(licenses_asked(), 1U);
    full_within_six_hours();
    EXPECT_EQ(licenses_asked(), 0U);
    expect_licenses_equal_world();
}

TEST_F(LicensePass, ThatIsWholeGoesOnWhereItWasStoppedInItsLastPortion) {
    unread_world(60);
    engine().pass(licenses);
    wait("7 hours");
    fault({{"fault", "hang"}, {"path", "licenses"}, {"after", 30}});
    forget_requests();
    engine({{"partner_center", {{"concurrency", 4}}}}
    ).stop_pass(licenses, [&] { return licenses_asked() == 34U; }, {.full = true});
    no_faults();

    EXPECT_EQ(full_within_six_hours().totals.scopes_ok, 1U);

    EXPECT_EQ(licenses_asked(), 30U);
    full_within_six_hours();
    EXPECT_EQ(licenses_asked(), 0U);
}

TEST_F(LicensePass, ThatIsNotWholeFinishesWhatAWholeOneCouldNotRead) {
    full_reading_without_a_user();
    EXPECT_EQ(engine().pass(licenses).totals.scopes_ok, 1U);
    full_within_six_hours();
    EXPECT_EQ(licenses_asked(), 0U);
}

TEST_F(LicensePass, ThatIsStoppedAppliesAllAnswersThatWaitForTheDatabase) {
    // More scopes than may wait, each with a portion of its own.
    world({"--customers", "380", "--users", "2", "--subscriptions", "0"});
    engine({{"partner_center", {{"concurrency", 200}}}}).pass("customers");
    engine().pass("users");
    engine().pass("subscribed_skus");
    const auto users = static_cast<std::size_t>(rows("partner_center.users"));
    forget_requests();
    pqxx::connection other(database_.url());
    std::optional<pqxx::work> writer(other);
    writer->exec("lock table partner_center.user_licenses in share mode");

    Answers answers;
    engine().stop_pass(
        licenses,
        [&] {
            if (answers.taken < users)
                return false;
            writer.reset();
            return true;
        },
        {},
        &answers
    );

    EXPECT_EQ(licenses_asked(), users);
    EXPECT_EQ(mirrored(database_, licenses), truth(simulator(), licenses));
    EXPECT_EQ(rows("pcmirror.sync_scopes", "lease_daemon is not null"), 0);
    forget_requests();
    EXPECT_EQ(engine().pass(licenses).totals.scopes_ok, 380U);
    EXPECT_EQ(licenses_asked(), 0U);
}

TEST_F(LicensePass, ThatIsStoppedKeepsWhatItReadOfAPortion) {
    unread_world(400);
    fault({{"fault", "hang"}, {"path", "licenses"}, {"after", 100}});

    // Four at a time: when as many wait in vain, all answers have come.
    engine({{"partner_center", {{"concurrency", 4}}}}
    ).stop_pass(licenses, [&] { return licenses_asked() == 104U; });

    const long long read =
        400 - rows("pcmirror.owed_reads", "resource = 'user_licenses' and not again");
    EXPECT_EQ(read, 100);
    EXPECT_GT(rows("partner_center.user_licenses"), 0);
    EXPECT_EQ(rows("pcmirror.sync_scopes", "lease_daemon is not null"), 0);
    no_faults();
    forget_requests();
    EXPECT_EQ(engine().pass(licenses).totals.scopes_ok, 1U);
    EXPECT_EQ(licenses_asked(), 300U);
    expect_licenses_equal_world();
}

TEST_F(LicensePass, ThatIsStoppedBeforeAnyAnswerLeavesItsPlace) {
    unread_world(40);
    fault({{"fault", "hang"}, {"path", "licenses"}});

    engine().stop_pass(licenses, [&] { return licenses_asked() > 0U; });

    EXPECT_EQ(rows("pcmirror.owed_reads"), 0);
    no_faults();
    read_licenses();
    expect_licenses_equal_world();
}

TEST_F(LicensePass, ThatFindsCountsAgreeByChanceLeavesTheRestToTheRollingReRead) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "1150"});
    const std::string sku = sku_of(big());
    const std::string first = *database_.value(
        "select user_id from partner_center.users u where state = 'active' and usage_location is "
        "not null and not exists (select from partner_center.user_licenses l where l.user_id = "
        "u.user_id) order by user_id limit 1"
    );
    // A search comes to those last that have something else already.
    const std::string last = user_where(
        big(),
        "state = 'active' and usage_location is not null and exists (select from "
        "partner_center.user_licenses l where l.user_id = u.user_id) and not exists (select from "
        "partner_center.user_licenses l where l.user_id = u.user_id and l.sku_id = '" +
            sku + "')"
    );
    change({{"assign_license", {big(), last, sku}}});
    EXPECT_EQ(read_licenses().totals.rows.inserted, 0U) << "the search has come half-way";
    EXPECT_EQ(rows("pcmirror.row_reads", "hunted is not null"), 1);

    change({{"remove_license", {big(), holder(big(), sku), sku}}});
    forget_requests();
    read_licenses();
    EXPECT_EQ(licenses_asked(), 0U) << "as many as before";
    EXPECT_EQ(rows("pcmirror.row_reads", "hunted is not null"), 0);

    change({{"assign_license", {big(), first, sku}}});
    EXPECT_EQ(read_licenses().totals.rows.inserted, 1U) << "a new search leaves nobody out";
    EXPECT_EQ(asked_users().count(first), 1U);

    for (int day = 0; day < 7; ++day) {
        wait("1 day");
        read_licenses();
    }
    expect_licenses_equal_world();
}

} // namespace
} // namespace pcmirror::testing
