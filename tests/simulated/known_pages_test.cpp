#include "migrations/libpqxx.hpp"
#include "sync/poll/read_scope.hpp"
#include "tests/support/engine_test.hpp"

#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

// Whoever decodes a page compares its digest with this one; whoever knows the page needs not.
constexpr const char* forget_digests =
    "update pcmirror.sync_scopes set digest = decode(repeat('01', 24), 'hex')";

constexpr const char* of_another_build =
    "update pcmirror.scope_pages set pages = set_byte(pages, 0, 255 - get_byte(pages, 0))";

// Those of users, of which alone the tests here say that they are kept anew.
constexpr const char* stored_pages =
    "select p.scope_id, encode(p.pages, 'hex') from pcmirror.scope_pages p join "
    "pcmirror.sync_scopes s using (scope_id) where s.resource = 'users' order by 1";

// Customers on three pages, a listing of several pages for one of them.
class KnownPages : public EngineTest {
  protected:
    KnownPages() {
        world({"--customers", "11", "--subscriptions", "2", "--users", "7", "--page-size", "4"});
        // Else no answer is spelt like another.
        turn({{"spelling_seed", 1}});
        engine({{"partner_center", {{"concurrency", 4}}}}).sync();
        engine().pass("users");
    }

    /// Nothing looks the same however it is sent.
    [[nodiscard]] std::size_t without_users() const {
        const long long with_users =
            database_.number("select count(distinct customer_id) from partner_center.users");
        return customers().size() - static_cast<std::size_t>(with_users);
    }

    /// What a claim would say of the users of a customer.
    [[nodiscard]] Lease lease_on_users_of(const std::string& customer) const {
        Lease lease;
        lease.customer_id = customer;
        lease.digest = scope("encode(digest, 'hex')", "users", customer);
        lease.fingerprint =
            static_cast<std::uint64_t>(std::stoll(scope("fingerprint", "users", customer)));
        pqxx::connection connection(database_.url());
        pqxx::work transaction(connection);
        const pqxx::result pages = transaction.exec(
            "select pages from pcmirror.scope_pages where scope_id = " +
            scope("scope_id", "users", customer)
        );
        lease.pages = pqxx::binarystring(pages[0][0]).str();
        return lease;
    }

    void expect_equal(const std::string& resource) {
        EXPECT_EQ(mirrored(database_, resource), truth(simulator(), resource));
    }
};

TEST_F(KnownPages, AreNotDecoded) {
    database_.execute(forget_digests);
    for (const char* resource : {"customers", "subscriptions", "users"}) {
        const PassReport report = engine().pass(resource);
        EXPECT_EQ(report.totals.scopes_unchanged, report.totals.scopes) << resource;
        EXPECT_EQ(
            static_cast<long long>(report.totals.rows.seen),
            rows(std::string("partner_center.") + resource)
        );
    }
}

TEST_F(KnownPages, CountOnlyAsTheyWereSent) {
    database_.execute(forget_digests);
    turn({{"spelling_seed", 2}});
    EXPECT_EQ(engine().pass("users").totals.scopes_unchanged, without_users());
}

TEST_F(KnownPages, AreDecodedInAFullPass) {
    EXPECT_EQ(engine().pass("users", {.full = true}).totals.scopes_unchanged, 0U);
}

TEST_F(KnownPages, AreThoseOfOneBuildOnly) {
    database_.execute(forget_digests);
    database_.execute(of_another_build);
    EXPECT_EQ(engine().pass("users").totals.scopes_unchanged, 0U);
}

TEST_F(KnownPages, AreKeptAnewOnceAfterAnUpgrade) {
    const Rows kept = database_.rows(stored_pages);
    for (const char* upgrade : {of_another_build, "delete from pcmirror.scope_pages"}) {
        database_.execute(upgrade);
        const PassReport report = engine().pass("users");
        EXPECT_EQ(report.totals.scopes_unchanged, report.totals.scopes);
        EXPECT_EQ(database_.rows(stored_pages), kept);
    }
    database_.execute(forget_digests);
    EXPECT_EQ(engine().pass("users").totals.scopes_unchanged, customers().size());
}

TEST_F(KnownPages, AreNotWrittenAgainWhereAllIsAsItWas) {
    engine().pass("users");
    const std::string written = "select scope_id, xmin, ctid from pcmirror.scope_pages order by 1";
    const Rows before = database_.rows(written);
    engine().pass("users");
    turn({{"spelling_seed", 2}});
    EXPECT_EQ(engine().pass("users").totals.scopes_unchanged, customers().size());
    EXPECT_EQ(database_.rows(written), before);
}

TEST_F(KnownPages, BeforeAChangedOneAreReadWithIt) {
    const std::string last = customers().back();
    change({{"rename_customer", {last, "Renamed"}}});
    EXPECT_EQ(engine().pass("customers").totals.rows.updated, 1U);
    change({{"add_customers", 1}});
    EXPECT_EQ(engine().pass("customers").totals.rows.inserted, 1U);
    change({{"remove_customer", last}});
    EXPECT_GE(engine().pass("customers").totals.rows.deleted, 1U);
    expect_equal("customers");
}

TEST_F(KnownPages, OfTheFirstListingDoNotSpeakForTheSecond) {
    const std::string owner = customer(0);
    const Rows ids = database_.rows(
        "select user_id from partner_center.users where customer_id = '" + owner +
        "' and state = 'active' order by 1"
    );
    change({{"delete_user", {owner, *ids.at(0).at(0)}}});
    engine().pass("users");
    expect_equal("users");
    change({{"restore_user", {owner, *ids.at(0).at(0)}}});
    engine().pass("users");
    expect_equal("users");
}

TEST_F(KnownPages, ThatEndEarlyAreReadAsFarAsTheyGo) {
    fault({{"fault", "status"}, {"status", 404}, {"path", "seekOperation"}});
    change({{"rename_customer", {customer(0), "Renamed"}}});
    const PassReport report = engine().pass("customers");
    EXPECT_EQ(report.totals.scopes_failed, 1U);
    EXPECT_EQ(report.totals.rows.deleted, 0U);
    no_faults();
    engine().pass("customers");
    expect_equal("customers");
}

TEST_F(KnownPages, StartOverWithTheListing) {
    fault({{"fault", "expired_token"}, {"times", 2}});
    const PassReport report = engine().pass("customers");
    EXPECT_EQ(report.totals.scopes_unchanged, 1U);
    expect_equal("customers");
}

TEST_F(KnownPages, ThatFindNoRoomFailTheirScopeAlone) {
    turn({{"page_size", 500}});
    change({{"add_users", {customer(0), 1600}}});
    engine().pass("users");
    const long long before = rows("partner_center.users");
    engine().settings().state_directory = engine().directory() / "gone";

    const PassReport report = engine().pass("users");

    EXPECT_EQ(report.totals.scopes_failed, 1U);
    EXPECT_EQ(report.totals.scopes_ok, report.totals.scopes - 1);
    EXPECT_THAT(scope("last_error", "users", customer(0)), ::testing::HasSubstr("gone"));
    EXPECT_THAT(scope("last_error", "users", customer(0)), ::testing::HasSubstr("state_directory"));
    EXPECT_EQ(rows("partner_center.users"), before);
}

TEST_F(KnownPages, OfALargeCustomerAreDecodedStepByStep) {
    turn({{"page_size", 500}});
    change({{"add_users", {customer(0), 3000}}});
    engine().pass("users");
    const Lease lease = lease_on_users_of(customer(0));
    const Resource& users = *catalogue().find("users");
    ReadOptions options;
    options.spool_directory = engine().directory();

    ReadScope read = engine().wait_for(read_scope(engine().api(), users, lease, options));

    ASSERT_TRUE(read.reading && read.reading->undecoded);
    int steps = 0;
    while (read.reading->undecoded->decode_some(*read.reading))
        ++steps;
    EXPECT_GE(steps, 4);
    EXPECT_EQ(read.reading->rows.digest().hex(), lease.digest);
    EXPECT_EQ(read.reading->records, read.reading->rows.count(0));
}

TEST_F(KnownPages, ShowNothingInADryPass) {
    EXPECT_THAT(engine().pass("users", {.dry_run = true}).changes, ::testing::IsEmpty());
}

TEST_F(KnownPages, AreDecodedAfterAllWhereTheScopeWasTouchedMeanwhile) {
    database_.execute("update partner_center.subscriptions set friendly_name = 'by a job'");
    // Behind the back of whoever has just claimed the scope.
    database_.execute(
        "create function forget() returns trigger language plpgsql as $$ begin update "
        "pcmirror.sync_scopes set digest = null where scope_id = new.scope_id; return null; end $$"
    );
    database_.execute(
        "create trigger forget after update on pcmirror.sync_scopes for each row when "
        "(old.lease_daemon is null and new.lease_daemon is not null) execute function forget()"
    );

    const PassReport report = engine().pass("subscriptions");

    EXPECT_EQ(report.totals.scopes_ok, report.totals.scopes);
    EXPECT_EQ(report.totals.scopes_unchanged, 0U);
    EXPECT_EQ(report.totals.rows.seen, report.totals.rows.updated);
    expect_equal("subscriptions");
}

} // namespace
} // namespace pcmirror::testing
