#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using resources::customers;
using resources::subscriptions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string contoso = guid(1);
const std::string fabrikam = guid(2);

std::string subscription(const std::string& id, int quantity = 1, const std::string& more = "") {
    return fmt::format(
        R"({{"id":"{}","quantity":{},"status":"active","creationDate":"2020-01-02T03:04:05.1234567Z"{}}})",
        id,
        quantity,
        more
    );
}

/// s00, s01, ...
Records numbered_subscriptions(int count) {
    Records records;
    for (int at = 0; at < count; ++at)
        records.push_back(subscription(fmt::format("s{:02d}", at)));
    return records;
}

class MirrorApply : public MirrorFixture {
  protected:
    /// Two customers have 50 subscriptions each, of which a pass may delete 30.
    ApplyOptions mirror_fifty_each() {
        add_customers({contoso, fabrikam});
        poll(subscriptions, contoso, numbered_subscriptions(50));
        poll(subscriptions, fabrikam, numbered_subscriptions(50));
        ApplyOptions guarded;
        guarded.guard = {.max_fraction = 0.5, .max_fraction_per_pass = 0.3, .min_rows = 20};
        return guarded;
    }

    [[nodiscard]] std::string log_of(const std::string& table) const {
        std::string log;
        for (const auto& row : database_.rows(
                 "select operation || ' ' || coalesce(old::text, '-') || ' ' || "
                 "coalesce(new::text, '-') "
                 "from pcmirror.change_log where resource = '" +
                 table + "' order by change_id"
             ))
            log += *row.front() + "\n";
        return log;
    }

    [[nodiscard]] std::string
    scope_value(const std::string& column, const std::string& resource) const {
        return database_
            .value(
                "select " + column + " from pcmirror.sync_scopes where resource = '" + resource +
                "'"
            )
            .value_or("NULL");
    }
};

TEST_F(MirrorApply, InsertsRowsWithTheirLogEntries) {
    add_customers({contoso});

    const ScopeReport report = poll(subscriptions, contoso, {subscription("a"), subscription("b")});

    EXPECT_EQ(report.end, ScopeEnd::applied);
    EXPECT_EQ(report.rows.inserted, 2U);
    EXPECT_EQ(database_.number("select count(*) from partner_center.subscriptions"), 2);
    EXPECT_EQ(log_of("subscriptions"), "insert - -\ninsert - -\n");
    EXPECT_EQ(
        *database_.value(
            "select key::text from pcmirror.change_log where resource = 'subscriptions' "
            "order by 1 limit 1"
        ),
        "{\"customer_id\": \"" + contoso + "\", \"subscription_id\": \"a\"}"
    );
}

TEST_F(MirrorApply, LogsOnlyTheColumnsThatAnUpdateChanged) {
    add_customers({contoso});
    poll(subscriptions, contoso, {subscription("a", 1)});

    const ScopeReport report = poll(subscriptions, contoso, {subscription("a", 5)});

    EXPECT_EQ(report.rows.updated, 1U);
    EXPECT_THAT(log_of("subscriptions"), HasSubstr("update {\"quantity\": 1} {\"quantity\": 5}"));
    EXPECT_EQ(database_.number("select quantity from partner_center.subscriptions"), 5);
    EXPECT_EQ(
        *database_.value("select changed_at > first_seen_at from partner_center.subscriptions"), "t"
    );
}

TEST_F(MirrorApply, LeavesUnchangedRowsUntouchedOnDisk) {
    add_customers({contoso});
    poll(subscriptions, contoso, {subscription("a"), subscription("b")});
    const Rows before = database_.rows(
        "select subscription_id, xmin, ctid from partner_center.subscriptions order by 1"
    );

    const ScopeReport report =
        poll(subscriptions, contoso, {subscription("b", 2), subscription("a")});

    const Rows after = database_.rows(
        "select subscription_id, xmin, ctid from partner_center.subscriptions order by 1"
    );
    EXPECT_EQ(report.rows.updated, 1U);
    EXPECT_EQ(before[0], after[0]);
    EXPECT_NE(before[1], after[1]);
}

TEST_F(MirrorApply, DeletesWhatACompleteListingLacks) {
    add_customers({contoso});
    poll(subscriptions, contoso, {subscription("a"), subscription("b")});

    const ScopeReport report = poll(subscriptions, contoso, {subscription("b")});

    EXPECT_EQ(report.rows.deleted, 1U);
    EXPECT_EQ(*database_.value("select subscription_id from partner_center.subscriptions"), "b");
    EXPECT_THAT(log_of("subscriptions"), HasSubstr("delete {\"etag\": null"));
    EXPECT_EQ(scope_value("row_count", "subscriptions"), "1");
}

TEST_F(MirrorApply, NeverDeletesAfterAnIncompleteListing) {
    add_customers({contoso});
    poll(subscriptions, contoso, {subscription("a"), subscription("b")});
    ScopeReading partial = read(subscriptions, contoso, {subscription("b", 7), subscription("c")});
    partial.complete = false;
    partial.trouble = "the answer was cut";

    const ScopeReport report = apply(subscriptions, partial);

    EXPECT_EQ(report.end, ScopeEnd::failing);
    EXPECT_EQ(report.rows.deleted, 0U);
    EXPECT_EQ(report.rows.updated, 1U) << "what was read still counts";
    EXPECT_EQ(report.rows.inserted, 1U);
    EXPECT_EQ(database_.number("select count(*) from partner_center.subscriptions"), 3);
    EXPECT_EQ(scope_value("state", "subscriptions"), "failing");
    EXPECT_EQ(scope_value("last_error", "subscriptions"), "the answer was cut");
    EXPECT_EQ(scope_value("digest", "subscriptions"), "NULL");
}

TEST_F(MirrorApply, AsksForASecondProofWhereAListingHadSeveralPages) {
    add_customers({contoso});
    poll(subscriptions, contoso, {subscription("a"), subscription("b"), subscription("c")});
    ScopeReading paged = read(subscriptions, contoso, {subscription("c", 3)});
    paged.must_confirm = true;

    const ScopeReport first = apply(subscriptions, paged);

    EXPECT_EQ(first.end, ScopeEnd::unconfirmed);
    EXPECT_EQ(first.rows.deleted, 0U);
    EXPECT_EQ(first.rows.updated, 1U);
    EXPECT_THAT(first.missing, ElementsAre(KeyText{contoso, "a"}, KeyText{contoso, "b"}));

    paged.confirmed = true;
    paged.absent = {{contoso, "a"}};
    const ScopeReport second = apply(subscriptions, paged);

    EXPECT_EQ(second.end, ScopeEnd::applied);
    EXPECT_EQ(second.rows.deleted, 1U);
    EXPECT_EQ(
        *database_.value(
            "select string_agg(subscription_id, '' order by 1) from partner_center.subscriptions"
        ),
        "bc"
    );
    EXPECT_EQ(scope_value("digest", "subscriptions"), "NULL")
        << "a listing that lacks a row which exists is no shortcut to trust";
}

TEST_F(MirrorApply, StoresADigestOnlyForACompleteListingAppliedWhole) {
    add_customers({contoso});
    poll(subscriptions, contoso, {subscription("a")});
    EXPECT_NE(scope_value("digest", "subscriptions"), "NULL");

    poll(subscriptions, contoso, {subscription("a"), R"({"id":"b","quantity":"many"})"});
    EXPECT_EQ(scope_value("digest", "subscriptions"), "NULL") << "a rejected record";
}

TEST_F(MirrorApply, AnEqualDigestOnlyMovesTheTimes) {
    add_customers({contoso});
    poll(subscriptions, contoso, {subscription("a"), subscription("b")});
    const Rows before =
        database_.rows("select xmin, * from partner_center.subscriptions order by 3");

    const ScopeReading again = read(subscriptions, contoso, {subscription("b"), subscription("a")});
    EXPECT_EQ(again.lease.digest, again.rows.digest().hex()) << "order does not matter";
    EXPECT_THAT(wait_for(scopes_.touch({run_id_, 7}, {&again})), ElementsAre(again.lease.scope_id));
    EXPECT_EQ(database_.number("select requests from pcmirror.sync_runs"), 7);

    EXPECT_EQ(
        database_.rows("select xmin, * from partner_center.subscriptions order by 3"), before
    );
    EXPECT_EQ(
        *database_.value("select lease_daemon is null and last_success_at >= last_attempt_at "
                         "from pcmirror.sync_scopes where resource = 'subscriptions'"),
        "t"
    );
}

TEST_F(MirrorApply, ADigestThatWasClearedMeanwhileIsNotTouched) {
    add_customers({contoso});
    poll(subscriptions, contoso, {subscription("a")});
    const ScopeReading again = read(subscriptions, contoso, {subscription("a")});

    database_.execute("update pcmirror.sync_scopes set digest = null");

    EXPECT_THAT(wait_for(scopes_.touch({run_id_}, {&again})), IsEmpty());
}

TEST_F(MirrorApply, HoldsDeletesBeyondTheFractionOfTheScope) {
    add_customers({contoso});
    const Records many = numbered_subscriptions(40);
    poll(subscriptions, contoso, many);
    const Records few(many.begin(), many.begin() + 10);
    ApplyOptions guarded;
    guarded.guard = {.max_fraction = 0.5, .max_fraction_per_pass = 1e9, .min_rows = 20};
    Records changed = few;
    changed.front() = subscription("s00", 9);

    const ScopeReport report = poll(subscriptions, contoso, changed, guarded);

    EXPECT_EQ(report.end, ScopeEnd::held);
    EXPECT_EQ(report.rows.held, 30U);
    EXPECT_EQ(report.rows.deleted, 0U);
    EXPECT_EQ(report.rows.updated, 1U) << "inserts and updates apply";
    EXPECT_THAT(report.message, HasSubstr("would delete 30 of 40 rows"));
    EXPECT_THAT(
        report.message,
        HasSubstr("pcmirror sync subscriptions --customer " + contoso + " --allow-deletes")
    );
    EXPECT_EQ(scope_value("state", "subscriptions"), "held");
    EXPECT_EQ(scope_value("digest", "subscriptions"), "NULL");

    guarded.allow_deletes = true;
    EXPECT_EQ(poll(subscriptions, contoso, few, guarded).rows.deleted, 30U);
    EXPECT_EQ(scope_value("state", "subscriptions"), "ok");
}

TEST_F(MirrorApply, AnEmptyAnswerCountsLikeAnyOther) {
    add_customers({contoso});
    const Records many = numbered_subscriptions(20);
    poll(subscriptions, contoso, many);

    EXPECT_EQ(poll(subscriptions, contoso, {}).end, ScopeEnd::held);
    EXPECT_EQ(database_.number("select count(*) from partner_center.subscriptions"), 20);
}

TEST_F(MirrorApply, LeavesDeletesOfFewRowsToThemselves) {
    add_customers({contoso});
    const Records some = numbered_subscriptions(19);
    poll(subscriptions, contoso, some);

    EXPECT_EQ(poll(subscriptions, contoso, {}).rows.deleted, 19U);
}

TEST_F(MirrorApply, CountsDeletesOverThePass) {
    ApplyOptions guarded = mirror_fifty_each();
    const Records half = numbered_subscriptions(27);
    deletes_ = {.deleted = 0, .rows = 100};

    EXPECT_EQ(poll(subscriptions, contoso, half, guarded).rows.deleted, 23U);
    const ScopeReport second = poll(subscriptions, fabrikam, half, guarded);

    EXPECT_EQ(second.end, ScopeEnd::held);
    EXPECT_THAT(second.message, HasSubstr("max_fraction_per_pass 0.3"));
    EXPECT_THAT(second.message, HasSubstr("23 deleted before in this pass"));
}

TEST_F(MirrorApply, CountsDeletesOfPassesThatOthersMakeBesideIt) {
    ApplyOptions guarded = mirror_fifty_each();
    const Records half = numbered_subscriptions(27);
    DaemonSession other(database_.secret_url(), "test");
    other.renew();
    const std::int64_t others_run = wait_for(runs_.start(subscriptions, other.id()));
    guarded.run.run_id = others_run;
    deletes_ = {.rows = 100};
    ASSERT_EQ(poll(subscriptions, contoso, half, guarded).rows.deleted, 23U);

    guarded.run.run_id = wait_for(runs_.start(subscriptions, session_.id()));
    deletes_ = {.rows = 100};
    const ScopeReport beside = poll(subscriptions, fabrikam, half, guarded);
    EXPECT_EQ(beside.end, ScopeEnd::held);
    EXPECT_THAT(
        beside.message, HasSubstr("0 deleted before in this pass and 23 in passes beside it")
    );

    database_.execute("update pcmirror.sync_scopes set held_rows = 0");
    wait_for(runs_.finish(others_run, {"ok", ""}));
    guarded.run.run_id = wait_for(runs_.start(subscriptions, session_.id()));
    deletes_ = {.rows = 100};
    EXPECT_EQ(poll(subscriptions, fabrikam, half, guarded).rows.deleted, 23U)
        << "that pass was over before this one began";
}

TEST_F(MirrorApply, DoesNotCountAgainstOthersWhatTheOperatorAllowed) {
    add_customers({contoso});
    const Records many = numbered_subscriptions(50);
    poll(subscriptions, contoso, many);
    ApplyOptions allowed;
    allowed.run.run_id = wait_for(runs_.start(subscriptions, session_.id()));
    allowed.allow_deletes = true;
    ASSERT_EQ(poll(subscriptions, contoso, {}, allowed).rows.deleted, 50U);
    EXPECT_EQ(database_.number("select sum(guarded_deletes) from pcmirror.sync_runs"), 0);
}

TEST_F(MirrorApply, KeepsTheOldRowOfARejectedRecord) {
    add_customers({contoso});
    poll(subscriptions, contoso, {subscription("a", 1), subscription("b", 2)});

    const ScopeReport report =
        poll(subscriptions, contoso, {R"({"id":"a","quantity":"many"})", subscription("b", 3)});

    EXPECT_EQ(report.end, ScopeEnd::applied);
    EXPECT_EQ(report.rows.rejected, 1U);
    EXPECT_EQ(report.rows.updated, 1U) << "the rest of its listing goes on";
    EXPECT_EQ(report.rows.deleted, 0U);
    EXPECT_EQ(
        *database_.value(
            "select quantity from partner_center.subscriptions where subscription_id = 'a'"
        ),
        "1"
    );
    EXPECT_EQ(
        *database_.value("select record from pcmirror.rejected_records"),
        R"({"id":"a","quantity":"many"})"
    );
    EXPECT_THAT(
        *database_.value("select reason from pcmirror.rejected_records"), HasSubstr("quantity")
    );
}

TEST_F(MirrorApply, ForgetsARejectedRecordOnceItReadsWell) {
    add_customers({contoso});
    poll(subscriptions, contoso, {R"({"id":"a","quantity":"many"})"});
    poll(subscriptions, contoso, {R"({"id":"a","quantity":"many"})"});
    EXPECT_EQ(database_.number("select count(*) from pcmirror.rejected_records"), 1)
        << "seen twice, kept once";

    poll(subscriptions, contoso, {subscription("a")});
    EXPECT_EQ(database_.number("select count(*) from pcmirror.rejected_records"), 0);
}

TEST_F(MirrorApply, KeepsTheBytesOfARecordThatIsNoText) {
    add_customers({contoso});
    const std::string broken = "{\"id\":\"a\",\"friendlyName\":\"\xff\xc3\"}";

    poll(subscriptions, contoso, {broken});

    EXPECT_EQ(
        *database_.value("select record from pcmirror.rejected_records"),
        R"({"id":"a","friendlyName":"\xff\xc3"})"
    );
    EXPECT_EQ(
        database_.number("select length(raw) from pcmirror.rejected_records"),
        static_cast<long long>(broken.size())
    );
}

TEST_F(MirrorApply, DeletesNothingWhereAKeyCannotBeRead) {
    add_customers({contoso});
    poll(subscriptions, contoso, {subscription("a"), subscription("b")});

    const ScopeReport report =
        poll(subscriptions, contoso, {subscription("a", 8), R"({"quantity":3})"});

    EXPECT_EQ(report.rows.deleted, 0U);
    EXPECT_EQ(report.rows.updated, 1U);
    EXPECT_EQ(report.end, ScopeEnd::applied) << "a rejected record alone is no failure";
    EXPECT_EQ(database_.number("select count(*) from partner_center.subscriptions"), 2);
}

TEST_F(MirrorApply, KeepsTheLaterReadingOfAnItemSeenTwice) {
    add_customers({contoso});

    poll(subscriptions, contoso, {subscription("a", 1), subscription("b"), subscription("a", 2)});

    EXPECT_EQ(
        *database_.value(
            "select quantity from partner_center.subscriptions where subscription_id = 'a'"
        ),
        "2"
    );
}

TEST_F(MirrorApply, DropsTheResultOfAClaimThatSomebodyElseTookOver) {
    add_customers({contoso});
    const ScopeReading late = read(subscriptions, contoso, {subscription("late")});
    DaemonSession other(database_.secret_url(), "other");
    other.renew();
    session_.close();
    const std::vector<Lease> taken =
        wait_for(scopes_.claim(other.id(), {late.lease.scope_id}, "infinity"));
    ASSERT_THAT(taken, SizeIs(1)) << "the lease of a dead process is free at once";

    EXPECT_EQ(apply(subscriptions, late).end, ScopeEnd::fenced);
    EXPECT_EQ(database_.number("select count(*) from partner_center.subscriptions"), 0);
    EXPECT_EQ(scope_value("lease_daemon", "subscriptions"), std::to_string(other.id()));
}

TEST_F(MirrorApply, GivesNoClaimToADaemonWhoseSessionIsLost) {
    add_customers({contoso});
    const std::int64_t lost = session_.id();
    session_.close();

    try {
        wait_for(scopes_.claim(lost, {1}, "infinity"));
        FAIL() << "claimed, though the lease would be free to everybody else";
    } catch (const DatabaseError& error) {
        EXPECT_EQ(error.trouble(), DatabaseTrouble::unreachable) << "tried again after a renewal";
    }
}

TEST_F(MirrorApply, LeasesAnewWhatWasClaimedWithoutAnAnswer) {
    add_customers({contoso});
    const Lease first = claim(subscriptions, contoso);

    const std::vector<Lease> again =
        wait_for(scopes_.claim(session_.id(), {first.scope_id}, "infinity"));

    ASSERT_THAT(again, SizeIs(1)) << "nobody else would ever give the scope back";
    EXPECT_GT(again.front().token, first.token);
}

TEST_F(MirrorApply, LeavesOneRunOpenWhereItsStartWasRepeated) {
    wait_for(runs_.start(customers, session_.id()));

    EXPECT_EQ(
        database_.number("select count(*) from pcmirror.sync_runs where outcome = 'running'"), 1
    );
}

TEST_F(MirrorApply, FinishesARunThatOthersTookForInterrupted) {
    session_.close();
    session_.renew();
    wait_for(runs_.start(customers, session_.id()));
    const auto outcome = [&] {
        return *database_.value(
            "select concat_ws(' ', outcome, error, scopes_failed) from pcmirror.sync_runs where "
            "run_id = " +
            std::to_string(run_id_)
        );
    };
    ASSERT_THAT(outcome(), StartsWith("interrupted "));

    for (int repeat = 0; repeat < 2; ++repeat)
        wait_for(runs_.finish(run_id_, {.outcome = "partial", .failed = 2}));

    EXPECT_EQ(outcome(), "partial 2");
}

TEST_F(MirrorApply, AppliesAReadingOnceAlsoWhenItsCommitIsRepeated) {
    add_customers({contoso});
    const ScopeReading reading = read(subscriptions, contoso, {subscription("a")});
    apply(subscriptions, reading);

    EXPECT_EQ(apply(subscriptions, reading).end, ScopeEnd::committed);
    EXPECT_EQ(
        database_.number("select count(*) from pcmirror.change_log where resource = 'subscriptions'"
        ),
        1
    );
    EXPECT_EQ(database_.number("select inserted from pcmirror.sync_runs"), 2);
}

TEST_F(MirrorApply, ADryRunShowsTheChangesAndWritesNothing) {
    add_customers({contoso});
    poll(subscriptions, contoso, {subscription("a", 1), subscription("gone")});
    const ScopeReading reading =
        read(subscriptions, contoso, {subscription("a", 2), subscription("new")});
    const Rows before =
        database_.rows("select xmin, * from partner_center.subscriptions order by 3");
    ApplyOptions dry;
    dry.dry_run = true;
    dry.run.run_id = run_id_ + 1000;

    const ApplyResult result = apply(subscriptions, {&reading}, dry);

    ASSERT_THAT(result.changes, SizeIs(3));
    EXPECT_EQ(result.changes[0].operation, "delete");
    EXPECT_EQ(result.changes[1].operation, "update");
    EXPECT_EQ(result.changes[1].new_values, "{\"quantity\": 2}");
    EXPECT_EQ(result.changes[2].operation, "insert");
    EXPECT_EQ(
        database_.rows("select xmin, * from partner_center.subscriptions order by 3"), before
    );
}

TEST_F(MirrorApply, AppliesSeveralScopesInOneTransactionEachWithItsOwnEnd) {
    add_customers({contoso, fabrikam});
    poll(subscriptions, fabrikam, {subscription("f")});
    const ScopeReading one = read(subscriptions, contoso, {subscription("c")});
    ScopeReading two = read(subscriptions, fabrikam, {});
    two.complete = false;
    two.trouble = "cut";

    const ApplyResult result = apply(subscriptions, {&one, &two});

    EXPECT_EQ(result.scopes[0].end, ScopeEnd::applied);
    EXPECT_EQ(result.scopes[0].rows.inserted, 1U);
    EXPECT_EQ(result.scopes[1].end, ScopeEnd::failing);
    EXPECT_EQ(database_.number("select count(*) from partner_center.subscriptions"), 2);
    EXPECT_EQ(
        database_.number("select count(distinct xmin::text) from pcmirror.sync_scopes where "
                         "resource = 'subscriptions'"),
        1
    );
}

} // namespace
} // namespace pcmirror::testing
