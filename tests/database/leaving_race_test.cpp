#include "tests/support/mirror_fixture.hpp"

#include <gmock/gmock.h>
#include <pqxx/pqxx>

namespace pcmirror::testing {
namespace {

using made_up::orders;
using resources::customers;
using resources::subscriptions;
using ::testing::SizeIs;

const std::string leaving = guid(1);
const std::string staying = guid(2);

/// The transaction that makes scopes of children against the one in which their customer goes, each
/// on a connection of its own. Whichever comes first is stopped in its middle: the one when it has
/// found the customer, the other when it has deleted all but the customer.
class LeavingRace : public MirrorFixture {
  protected:
    LeavingRace() {
        add_customers({leaving, staying});
        database_.execute(
            "create function public.stop() returns trigger language plpgsql as $$ begin "
            "perform pg_catalog.pg_advisory_xact_lock_shared(1); return coalesce(new, old); end $$;"
            "create trigger stop before insert on pcmirror.sync_scopes for each row "
            "when (new.customer_id = '" +
            leaving +
            "') execute function public.stop();"
            "create trigger stop before delete on partner_center.customers for each row "
            "execute function public.stop()"
        );
    }

    /// Lets `second` begin in the middle of `first`, then both end; throws what they throw.
    void interleave(asio::awaitable<void> first, asio::awaitable<void> second) {
        pqxx::connection connection(database_.url());
        pqxx::work stop(connection);
        stop.exec("select pg_advisory_xact_lock(1)");
        auto one = begin(std::move(first));
        run_until([&] { return waiting() == 1 || ended(one); });
        auto other = begin(std::move(second));
        run_until([&] { return waiting() == 2 || ended(other); });
        stop.commit();
        run_until([&] { return ended(one) && ended(other); });
        one.get();
        other.get();
    }

    asio::awaitable<void> apply_list(const ScopeReading& list) {
        ApplyOptions options;
        options.run.run_id = run_id_;
        const std::vector<const ScopeReading*> lists(1, &list);
        std::optional<InDoubt> in_doubt;
        const ApplyResult result =
            co_await mirror_.apply(customers, lists, options, deletes_, in_doubt);
        EXPECT_EQ(result.scopes.front().rows.deleted, 2U) << "it, and its subscription";
    }

    void expect_nothing_left_of_it() {
        for (const char* table :
             {"pcmirror.sync_scopes", "partner_center.subscriptions", "partner_center.customers"})
            EXPECT_EQ(
                database_.number(
                    std::string("select count(*) from ") + table + " where customer_id = '" +
                    leaving + "'"
                ),
                0
            ) << table;
        EXPECT_THAT(wait_for(scopes_.plan(orders, {})).scopes, SizeIs(1))
            << "who stays has its scope";
    }

  private:
    std::future<void> begin(asio::awaitable<void> work) {
        return asio::co_spawn(loop_, std::move(work), asio::use_future);
    }

    static bool ended(const std::future<void>& work) {
        return work.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    }

    long long waiting() {
        return database_.number("select count(*) from pg_stat_activity where datname = "
                                "current_database() and wait_event_type = 'Lock'");
    }

    template <typename Condition> void run_until(Condition condition) {
        while (!condition()) {
            loop_.restart();
            loop_.poll();
        }
    }
};

TEST_F(LeavingRace, ACustomerThatLeavesWhileItsScopeIsMadeTakesItAlong) {
    poll(subscriptions, leaving, {R"({"id":"a"})"});
    const ScopeReading list = read(customers, "", {customer_record(staying)});

    interleave(scopes_.prepare(orders, {}), apply_list(list));

    expect_nothing_left_of_it();
}

TEST_F(LeavingRace, ACustomerThatIsLeavingGetsNoScopeAnyMore) {
    poll(subscriptions, leaving, {R"({"id":"a"})"});
    const ScopeReading list = read(customers, "", {customer_record(staying)});

    interleave(apply_list(list), scopes_.prepare(orders, {}));

    expect_nothing_left_of_it();
}

TEST_F(LeavingRace, ACustomerThatSomebodyDeletesGetsNoScopeAnyMore) {
    const auto by_hand = [this]() -> asio::awaitable<void> {
        co_await pool_.run("deleting by hand", [](pqxx::connection& connection) {
            pqxx::work work(connection);
            work.exec("delete from partner_center.customers where customer_id = '" + leaving + "'");
            work.commit();
        });
    };

    interleave(by_hand(), scopes_.prepare(orders, {}));

    expect_nothing_left_of_it();
}

} // namespace
} // namespace pcmirror::testing
