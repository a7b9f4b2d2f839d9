#include "tests/simulated/license_world.hpp"
#include "tests/support/lost_commit.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

// Licenses that answers lack, and whose deletion the guard holds.

class LicensesHeld : public LicenseWorld {
  protected:
    static json guarded() {
        return {{"delete_guard", {{"max_fraction", 0.2}, {"max_fraction_per_pass", 1.0}}}};
    }

    /// All licenses of the customer are held, since the service forgot them once.
    void hold_all() {
        mirrored_world({"--customers", "1", "--users", "0", "--big-users", "60"});
        engine(guarded());
        answer_nothing();
        engine().pass(licenses, {.full = true});
        EXPECT_EQ(scope("state", licenses, big()), "held");
        forget_requests();
    }

    void answer_nothing() {
        fault(
            {{"fault", "status"},
             {"status", 200},
             {"body", R"({"totalCount":0,"items":[]})"},
             {"path", "licenses"}}
        );
    }

    [[nodiscard]] long long mirrored_licenses() const {
        return rows("partner_center.user_licenses");
    }

    [[nodiscard]] std::size_t holders() const {
        return static_cast<std::size_t>(
            database_.number("select count(distinct user_id) from partner_center.user_licenses")
        );
    }
};

TEST_F(LicensesHeld, AreNamedInEachPassAndNotAskedAgain) {
    hold_all();
    const long long held = mirrored_licenses();
    for (int pass = 0; pass < 3; ++pass) {
        const PassReport report = read_licenses();

        EXPECT_EQ(report.totals.scopes_held, 1U);
        EXPECT_EQ(report.totals.rows.held, static_cast<std::uint64_t>(held));
        ASSERT_FALSE(report.troubles.empty());
        EXPECT_THAT(
            report.troubles.front().message,
            HasSubstr(
                fmt::format("deletes of {} rows are held since an earlier pass", held) +
                "; to let them: pcmirror sync user_licenses --customer " + big() +
                " --allow-deletes"
            )
        );
    }
    EXPECT_EQ(licenses_asked(), 0U);
    EXPECT_EQ(scope("held_rows", licenses, big()), std::to_string(held));
    EXPECT_EQ(mirrored_licenses(), held);
}

TEST_F(LicensesHeld, AreAskedAgainOnceTheirDeletesAreAllowed) {
    hold_all();
    const std::size_t users = holders();
    no_faults();

    const PassReport report = engine().pass(licenses, {.allow_deletes = true});

    EXPECT_EQ(licenses_asked(), users);
    EXPECT_EQ(report.totals.rows.deleted, 0U) << "the service has them after all";
    EXPECT_EQ(scope("state", licenses, big()), "ok");
    EXPECT_EQ(rows("pcmirror.owed_reads"), 0);
    expect_licenses_equal_world();
}

TEST_F(LicensesHeld, AreReleasedByTheirTurn) {
    hold_all();
    no_faults();
    for (int day = 0; day < 7; ++day) {
        EXPECT_EQ(scope("state", licenses, big()), "held");
        wait("1 day");
        engine().pass(licenses);
    }
    EXPECT_EQ(scope("state", licenses, big()), "ok");
    EXPECT_LE(licenses_asked(), 64U);
    expect_licenses_equal_world();
}

TEST_F(LicensesHeld, StayHeldWhereTheyCannotBeRead) {
    hold_all();
    const long long held =
        database_.number("select sum(cardinality(held)) from pcmirror.owed_reads");
    no_faults();
    fault({{"fault", "status"}, {"status", 403}, {"path", "licenses"}});

    engine().pass(licenses, {.full = true});
    engine().pass(licenses, {.allow_deletes = true});

    EXPECT_EQ(scope("state", licenses, big()), "held");
    EXPECT_EQ(database_.number("select sum(cardinality(held)) from pcmirror.owed_reads"), held);
    no_faults();
    forget_requests();
    engine().pass(licenses, {.full = true});
    EXPECT_EQ(scope("state", licenses, big()), "ok");
    expect_licenses_equal_world();
}

TEST_F(LicensesHeld, OfWhoIsGoneCostNoRequest) {
    hold_all();
    no_faults();
    const std::string user = holder(big(), sku_of(big()));
    change({{"delete_user", {big(), user}}});
    change({{"vanish_user", {big(), user}}});
    read_licenses();
    EXPECT_EQ(asked_users().count(user), 0U);
    EXPECT_GT(rows("partner_center.user_licenses", "user_id = '" + user + "'"), 0)
        << "too much is held of this customer";

    read_licenses({.full = true});
    read_licenses();

    EXPECT_EQ(scope("state", licenses, big()), "ok");
    expect_licenses_equal_world();
}

TEST_F(LicensesHeld, AreNotSearchedForBehindACounterThatFellWithThem) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "300"});
    engine(
        {{"delete_guard", {{"max_fraction", 0.0}, {"max_fraction_per_pass", 1.0}, {"min_rows", 1}}}}
    );
    const std::string sku = sku_of(big());
    change({{"remove_license", {big(), holder(big(), sku), sku}}});
    EXPECT_EQ(read_licenses().totals.rows.held, 1U);
    forget_requests();

    read_licenses();
    read_licenses();
    EXPECT_EQ(licenses_asked(), 0U);

    EXPECT_EQ(read_licenses({.allow_deletes = true}).totals.rows.deleted, 1U);
    EXPECT_EQ(licenses_asked(), 1U);
    read_licenses();
    EXPECT_EQ(licenses_asked(), 1U) << "what was released is no news";
    expect_licenses_equal_world();
}

/// All licenses of a customer vanish, and its counters say so.
class LicensesThatVanish : public LicensesHeld {
  protected:
    void vanish_all() {
        mirrored_world({"--customers", "1", "--users", "0", "--big-users", "600"});
        engine({{"delete_guard", {{"max_fraction", 0.5}, {"max_fraction_per_pass", 1.0}}}});
        before_ = mirrored_licenses();
        answer_nothing();
    }

    void count_nobody() {
        for (const auto& sku : column("sku_id", "partner_center.subscribed_skus"))
            change({{"set_sku", {big(), sku, {{"consumedUnits", 0}}}}});
    }

    [[nodiscard]] std::vector<std::string>
    column(const std::string& name, const std::string& table) const {
        const json values =
            json::parse(database_.value("select json_agg(" + name + ") from " + table).value());
        return values.get<std::vector<std::string>>();
    }

    long long before_ = 0;
};

TEST_F(LicensesThatVanish, AreHeldBeforeTheFirstIsDeletedWhereCountersFell) {
    vanish_all();
    count_nobody();
    for (int pass = 0; pass < 4; ++pass)
        EXPECT_EQ(read_licenses().totals.rows.deleted, 0U);
    EXPECT_THAT(scope("last_error", licenses, big()), HasSubstr("deletes of "));
    EXPECT_EQ(mirrored_licenses(), before_);
}

TEST_F(LicensesThatVanish, AreHeldFromTheFirstPortionOfAWholeReadingOn) {
    vanish_all();

    EXPECT_EQ(read_licenses({.full = true}).totals.rows.deleted, 0U);

    EXPECT_EQ(mirrored_licenses(), before_);
    EXPECT_THAT(
        scope("last_error", licenses, big()),
        HasSubstr(fmt::format(
            "would delete {} of {} rows, more than delete_guard.max_fraction 0.5", before_, before_
        ))
    );
}

TEST_F(LicensesThatVanish, DayByDayInTheirTurnLoseNoMoreThanAFewRows) {
    vanish_all();
    for (int day = 0; day < 8; ++day) {
        wait("1 day");
        engine().pass(licenses);
    }
    EXPECT_EQ(mirrored_licenses(), before_);
    EXPECT_EQ(scope("state", licenses, big()), "held");
    no_faults();
    EXPECT_EQ(read_licenses({.full = true}).totals.scopes_held, 0U);
    expect_licenses_equal_world();
}

TEST_F(LicensesThatVanish, GoOnceTheyAreAllowedTo) {
    vanish_all();
    read_licenses({.full = true});
    EXPECT_EQ(
        read_licenses({.allow_deletes = true}).totals.rows.deleted,
        static_cast<std::uint64_t>(before_)
    );
    EXPECT_EQ(scope("state", licenses, big()), "ok");
    EXPECT_EQ(mirrored_licenses(), 0);
}

TEST_F(LicensesHeld, StayHeldWhereTheAnswerOfTheCommitWasLost) {
    mirrored_world({"--customers", "1", "--users", "0", "--big-users", "60"});
    LostCommit network(database_.url(), "array_agg(t.sku_id::text)");
    json settings = guarded();
    settings["database"] = {{"url", network.url()}};
    engine(settings);
    answer_nothing();
    network.arm();

    const PassReport report = engine().pass(licenses, {.full = true});

    EXPECT_TRUE(network.lost());
    EXPECT_EQ(report.totals.scopes_held, 1U);
    EXPECT_EQ(scope("state", licenses, big()), "held");
    EXPECT_THAT(
        scope("last_error", licenses, big()), HasSubstr("more than delete_guard.max_fraction")
    );
    EXPECT_EQ(
        database_.number("select held from pcmirror.sync_runs order by run_id desc limit 1"),
        mirrored_licenses()
    );
}

} // namespace
} // namespace pcmirror::testing
