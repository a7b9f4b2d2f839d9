#include "schema/resources/subscriptions.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using resources::subscriptions;
using ::testing::ElementsAre;

const std::string contoso = guid(1);

std::string record(const std::string& id, const std::string& name) {
    return fmt::format(R"({{"id":"{}","friendlyName":"{}"}})", id, name);
}

/// A scope that was applied whole, and whose listing changes. Rows that somebody tampers with show
/// which rows are compared in the tables.
class HashedApply : public MirrorFixture {
  protected:
    HashedApply() {
        add_customers({contoso});
        poll(
            subscriptions, contoso, {record("a", "one"), record("b", "two"), record("c", "three")}
        );
    }

    ScopeReport poll_again(const Records& records) {
        ApplyOptions options;
        options.guard = no_guard();
        return poll(subscriptions, contoso, records, options);
    }

    void tamper_with(const std::string& id) {
        database_.execute(
            "update partner_center.subscriptions set friendly_name = 'tampered with' where "
            "subscription_id = '" +
            id + "'"
        );
    }

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& row :
             database_.rows("select friendly_name from "
                            "partner_center.subscriptions order by subscription_id"))
            names.push_back(row.front().value_or("NULL"));
        return names;
    }
};

TEST_F(HashedApply, ComparesNewAndChangedRowsOnly) {
    tamper_with("a");

    const ScopeReport report = poll_again(
        {record("a", "one"), record("b", "TWO"), record("c", "three"), record("d", "four")}
    );

    EXPECT_EQ(report.rows.updated, 1U);
    EXPECT_EQ(report.rows.inserted, 1U);
    EXPECT_THAT(names(), ElementsAre("tampered with", "TWO", "three", "four"));
    EXPECT_EQ(
        *database_.value("select string_agg(key ->> 'subscription_id', ' ' order by change_id) "
                         "from pcmirror.change_log where resource = 'subscriptions' and run_id is "
                         "not null"),
        "a b c b d"
    );
}

TEST_F(HashedApply, DeletesWhatAListingLacks) {
    const ScopeReport report = poll_again({record("a", "one"), record("c", "three")});
    EXPECT_EQ(report.rows.deleted, 1U);
    EXPECT_EQ(report.rows.updated, 0U);
    EXPECT_THAT(names(), ElementsAre("one", "three"));
    EXPECT_EQ(poll_again({record("c", "three")}).rows.deleted, 1U);
}

TEST_F(HashedApply, ComparesAllRowsOfAFullPass) {
    tamper_with("a");
    ScopeReading reading = read(
        subscriptions, contoso, {record("a", "one"), record("b", "two"), record("c", "three")}
    );
    reading.lease.digest.clear();
    EXPECT_EQ(apply(subscriptions, reading).rows.updated, 1U);
    EXPECT_THAT(names(), ElementsAre("one", "two", "three"));
}

TEST_F(HashedApply, ComparesAllRowsAfterAPartialWrite) {
    ScopeReading partial = read(subscriptions, contoso, {record("a", "uno")});
    partial.complete = false;
    apply(subscriptions, partial);
    tamper_with("c");

    EXPECT_EQ(
        poll_again({record("a", "uno"), record("b", "two"), record("c", "three")}).rows.updated, 1U
    );
    EXPECT_THAT(names(), ElementsAre("uno", "two", "three"));
}

TEST_F(HashedApply, ComparesAllRowsWhereOneWasTouchedApartFromItsListing) {
    tamper_with("c");
    database_.execute(fmt::format(
        "insert into pcmirror.touched_rows (resource, customer_id, key, asked_at, expires_at) "
        "values ('subscriptions', '{0}', jsonb_build_object('customer_id', '{0}', "
        "'subscription_id', 'a'), now() - interval '1 hour', now() - interval '1 minute')",
        contoso
    ));

    poll_again({record("a", "one"), record("b", "TWO"), record("c", "three")});

    EXPECT_THAT(names(), ElementsAre("one", "TWO", "three"));
}

TEST_F(HashedApply, ComparesAllRowsUnderAnotherDescription) {
    tamper_with("c");
    database_.execute("update pcmirror.sync_scopes set fingerprint = fingerprint + 1");
    poll_again({record("a", "one"), record("b", "TWO"), record("c", "three")});
    EXPECT_THAT(names(), ElementsAre("one", "TWO", "three"));
}

TEST_F(HashedApply, NoticesARowThatSomebodyRemovedWhereAListingLacksAnother) {
    database_.execute("delete from partner_center.subscriptions where subscription_id = 'a'");

    const ScopeReport report = poll_again({record("a", "one"), record("c", "three")});

    EXPECT_THAT(names(), ElementsAre("one", "three"));
    EXPECT_EQ(report.rows.inserted, 1U);
    EXPECT_EQ(report.rows.deleted, 1U);
}

TEST_F(HashedApply, NoticesARowThatSomebodyAdded) {
    database_.execute(fmt::format(
        "insert into partner_center.subscriptions (customer_id, subscription_id, friendly_name) "
        "values ('{}', 'd', 'by hand')",
        contoso
    ));

    const ScopeReport report = poll_again(
        {record("a", "one"), record("b", "two"), record("c", "three"), record("d", "four")}
    );

    EXPECT_EQ(report.end, ScopeEnd::applied);
    EXPECT_EQ(report.rows.updated, 1U);
    EXPECT_THAT(names(), ElementsAre("one", "two", "three", "four"));
}

TEST_F(HashedApply, TakesTheLaterOfTwoRecordsWithOneKey) {
    poll_again({record("a", "one"), record("b", "two"), record("c", "three"), record("b", "deux")});
    EXPECT_THAT(names(), ElementsAre("one", "deux", "three"));
    EXPECT_EQ(
        database_.number("select count(*) from pcmirror.scope_hashes h join "
                         "pcmirror.sync_scopes s using (scope_id) where resource = "
                         "'subscriptions'"),
        0
    );
    poll_again({record("a", "one"), record("b", "two"), record("c", "three")});
    EXPECT_THAT(names(), ElementsAre("one", "two", "three"));
}

TEST_F(HashedApply, KeepsWhatCopyWouldTakeForItsOwn) {
    const std::string odd = R"(tab\tnewline\nback\\slash\\N \"quoted\" end)";
    poll_again({record("a", odd), record("d", odd), record("\\\\.", "dot")});
    EXPECT_EQ(
        *database_.value("select string_agg(friendly_name, '|' order by subscription_id) from "
                         "partner_center.subscriptions where subscription_id in ('a', 'd')"),
        "tab\tnewline\nback\\slash\\N \"quoted\" end|tab\tnewline\nback\\slash\\N \"quoted\" end"
    );
    EXPECT_EQ(
        database_.number("select count(*) from pcmirror.change_log where key ->> "
                         "'subscription_id' = '\\.'"),
        1
    );
}

TEST_F(HashedApply, DeletesAfterASecondProofWithoutComparingAgain) {
    ScopeReading reading = read(subscriptions, contoso, {record("a", "one"), record("c", "THREE")});
    reading.must_confirm = true;
    const ScopeReport first = apply(subscriptions, reading);
    ASSERT_EQ(first.end, ScopeEnd::unconfirmed);
    EXPECT_EQ(first.rows.updated, 1U);
    tamper_with("a");
    reading.confirmed = true;
    reading.applied = true;
    reading.lacking = first.missing;
    reading.absent = first.missing;

    const ScopeReport second = apply(subscriptions, reading);

    EXPECT_EQ(second.end, ScopeEnd::applied);
    EXPECT_EQ(second.rows.deleted, 1U);
    EXPECT_EQ(second.rows.updated, 0U);
    EXPECT_THAT(names(), ElementsAre("tampered with", "THREE"));
    EXPECT_NE(
        database_.value("select digest::text from pcmirror.sync_scopes where resource = "
                        "'subscriptions'"),
        std::nullopt
    );
}

} // namespace
} // namespace pcmirror::testing
