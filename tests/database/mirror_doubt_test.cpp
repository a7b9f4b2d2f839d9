#include "tests/support/lost_commit.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using resources::subscriptions;
using ::testing::ElementsAre;

const std::string contoso = guid(1);

// A commit whose answer was lost: either it took effect or it did not, and its repeat finds out.

class MirrorDoubt : public MirrorFixture {
  protected:
    MirrorDoubt() { add_customers({contoso}); }

    static Records numbered(int from, int to) {
        Records records;
        for (int at = from; at < to; ++at)
            records.push_back(fmt::format(R"({{"id":"s{:02d}","quantity":1}})", at));
        return records;
    }

    /// An apply whose commit is in doubt.
    void doubtful(const Resource& resource, const ScopeReading& reading) {
        try {
            again(resource, reading);
            ADD_FAILURE() << "the commit was answered";
        } catch (const DatabaseError& error) {
            EXPECT_EQ(error.trouble(), DatabaseTrouble::in_doubt) << error.what();
        }
    }

    /// Its repeat.
    ScopeReport again(const Resource& resource, const ScopeReading& reading) {
        return wait_for(mirror_of_doubts_.apply(resource, {&reading}, options_, deletes_, in_doubt_)
        )
            .scopes.front();
    }

    [[nodiscard]] long long of_run(const std::string& figure) const {
        return database_.number("select " + figure + " from pcmirror.sync_runs");
    }

    /// Every apply locks its scopes so, also one that finds nothing left to do.
    LostCommit network_{database_.url(), "for update of s"};
    DatabasePool lossy_pool_{loop_.get_executor(), Secret(network_.url()), 1, "lossy"};
    MirrorStore mirror_of_doubts_{lossy_pool_, made_up::catalogue};
    ApplyOptions options_{.run = {run_id_, 0}, .guard = {.max_fraction_per_pass = 1e9}};
    std::optional<InDoubt> in_doubt_;
};

TEST_F(MirrorDoubt, CountsOnceWhatACommitDeletedThatTookEffect) {
    poll(subscriptions, contoso, numbered(0, 30));
    const ScopeReading reading = read(subscriptions, contoso, numbered(5, 30));
    network_.arm();
    doubtful(subscriptions, reading);

    const ScopeReport report = again(subscriptions, reading);

    EXPECT_EQ(report.end, ScopeEnd::applied);
    EXPECT_EQ(report.rows.deleted, 5U);
    EXPECT_EQ(deletes_.deleted, 5U);
    EXPECT_EQ(of_run("deleted"), 5);
}

TEST_F(MirrorDoubt, CountsOnceWhatIsDeletedAfterACommitThatTookNone) {
    poll(subscriptions, contoso, numbered(0, 30));
    const ScopeReading reading = read(subscriptions, contoso, numbered(5, 30));
    database_.execute("create function public.die() returns trigger language plpgsql as $$ begin "
                      "perform pg_terminate_backend(pg_backend_pid()); return null; end $$;"
                      "create constraint trigger die after delete on partner_center.subscriptions "
                      "initially deferred for each row execute function public.die()");
    doubtful(subscriptions, reading);
    database_.execute("drop trigger die on partner_center.subscriptions");

    const ScopeReport report = again(subscriptions, reading);

    EXPECT_EQ(report.rows.deleted, 5U);
    EXPECT_EQ(deletes_.deleted, 5U);
    EXPECT_EQ(of_run("deleted"), 5);
}

TEST_F(MirrorDoubt, CountsOnceWhatWasReadWhereDeletesWaitForAProof) {
    poll(subscriptions, contoso, numbered(0, 4));
    const long long seen = of_run("rows_seen");
    ScopeReading reading = read(subscriptions, contoso, numbered(1, 4));
    reading.must_confirm = true;
    network_.arm();
    doubtful(subscriptions, reading);

    const ScopeReport first = again(subscriptions, reading);

    EXPECT_EQ(first.end, ScopeEnd::unconfirmed);
    EXPECT_THAT(first.missing, ElementsAre(KeyText{contoso, "s00"}));
    EXPECT_EQ(of_run("rows_seen"), seen + 3);

    reading.confirmed = true;
    reading.absent = first.missing;
    EXPECT_EQ(again(subscriptions, reading).rows.deleted, 1U);
    EXPECT_EQ(of_run("rows_seen"), seen + 3);
}

TEST_F(MirrorDoubt, KnowsWhatItKnewWhenTheRepeatIsInDoubtToo) {
    poll(subscriptions, contoso, numbered(0, 30));
    const ScopeReading reading = read(subscriptions, contoso, numbered(5, 30));
    for (int time = 0; time < 2; ++time) {
        network_.arm();
        doubtful(subscriptions, reading);
    }

    EXPECT_EQ(again(subscriptions, reading).rows.deleted, 5U);
    EXPECT_EQ(deletes_.deleted, 5U);
}

} // namespace
} // namespace pcmirror::testing
