#include "sync/db/due_scopes.hpp"

#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using resources::customers;
using resources::subscriptions;

const std::string contoso = guid(1);
const std::string one_subscription =
    R"({"id":"a","quantity":1,"status":"active","creationDate":"2020-01-02T03:04:05Z"})";

/// Scopes that a job makes due, while they are read or not.
class DueScopes : public MirrorFixture {
  protected:
    DueScopes() { add_customers({contoso}); }

    void make_due_now() {
        pool_.run_now("making scopes due", [&](pqxx::connection& connection) {
            pqxx::work work(connection);
            make_due(work, "{customers,subscriptions}", fmt::format("{{NULL,{}}}", contoso));
            work.commit();
        });
    }

    [[nodiscard]] std::string scope(const std::string& column, const std::string& resource) const {
        return database_
            .value(fmt::format(
                "select {} from pcmirror.sync_scopes where resource = '{}'", column, resource
            ))
            .value_or("NULL");
    }

    [[nodiscard]] bool is_due(const std::string& resource) const {
        return scope("last_attempt_at is null", resource) == "t";
    }

    /// The next pass that asks what is due, through to its end.
    void poll_again() {
        poll(subscriptions, contoso, {one_subscription});
        poll(customers, "", {customer_record(contoso)});
    }
};

TEST_F(DueScopes, AreSoUntilTheyAreRead) {
    poll(subscriptions, contoso, {one_subscription});
    make_due_now();
    EXPECT_TRUE(is_due("subscriptions"));
    EXPECT_TRUE(is_due("customers"));
    poll_again();
    EXPECT_FALSE(is_due("subscriptions"));
    EXPECT_FALSE(is_due("customers"));
    EXPECT_EQ(scope("due_since", "subscriptions"), "NULL");
}

TEST_F(DueScopes, ThatWereBeingReadJustThenAreReadOnceMore) {
    const ScopeReading under_way = read(subscriptions, contoso, {one_subscription});
    make_due_now();

    EXPECT_EQ(apply(subscriptions, under_way).end, ScopeEnd::applied);
    EXPECT_TRUE(is_due("subscriptions")) << "it was asked for before";
    EXPECT_EQ(scope("state", "subscriptions"), "ok");
    EXPECT_NE(scope("last_success_at", "subscriptions"), "NULL");

    poll_again();
    EXPECT_FALSE(is_due("subscriptions"));
}

TEST_F(DueScopes, WhoseReadingFailedJustThenAreAskedAgain) {
    const Lease under_way = claim(subscriptions, contoso);
    make_due_now();
    wait_for(scopes_.fail(run_id_, under_way, ScopeEnd::failing, "cut"));
    EXPECT_TRUE(is_due("subscriptions"));
    EXPECT_EQ(scope("last_error", "subscriptions"), "cut");
}

TEST_F(DueScopes, AreToldOfAgainWhenThatReadingEnds) {
    const ScopeReading under_way = read(subscriptions, contoso, {one_subscription});
    make_due_now();
    pqxx::connection listener(database_.url());

    struct Heard : pqxx::notification_receiver {
        explicit Heard(pqxx::connection& on) : notification_receiver(on, "pcmirror_due") {}

        void operator()(const std::string& payload, int) override { resources += payload + " "; }

        std::string resources;
    } heard(listener);

    apply(subscriptions, under_way);

    EXPECT_EQ(listener.await_notification(60, 0), 1);
    EXPECT_EQ(heard.resources, "subscriptions ");
}

TEST_F(DueScopes, ByAClockThatWasSetBackSinceAreReadOnceAndNotForEver) {
    make_due_now();
    database_.execute("update pcmirror.sync_scopes set due_since = now() + interval '1 hour'");
    poll_again();
    EXPECT_FALSE(is_due("subscriptions"));
    EXPECT_FALSE(is_due("customers"));
}

} // namespace
} // namespace pcmirror::testing
