#include "sync/write/touched_rows.hpp"

#include "schema/resources/users.hpp"
#include "sync/db/leaving.hpp"
#include "sync/records/decode.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using resources::customers;
using resources::subscriptions;

const std::string contoso = guid(1);
const std::string fabrikam = guid(2);

// What jobs have done to the mirror, and polls that know nothing of it yet (contract, rule 7).

class TouchedRows : public MirrorFixture {
  protected:
    /// Writes what jobs have made of their customers, in one transaction.
    void touch(const Resource& resource, std::vector<ScopeReading> readings) {
        std::vector<const ScopeReading*> all;
        for (std::size_t at = 0; at < readings.size(); ++at) {
            readings[at].lease.scope_id = static_cast<std::int64_t>(71 + at);
            readings[at].lease.asked_at = "now";
            all.push_back(&readings[at]);
        }
        pool_.run_now("touching rows", [&](pqxx::connection& connection) {
            pqxx::work work(connection);
            apply_touched_rows(work, resource, all);
            work.commit();
        });
    }

    /// The same of one job.
    void touch(const Resource& resource, ScopeReading reading) {
        std::vector<ScopeReading> one;
        one.push_back(std::move(reading));
        touch(resource, std::move(one));
    }

    /// A job has ended the relationship with the customer.
    void remove(const std::string& customer) {
        pool_.run_now("removing a customer", [&](pqxx::connection& connection) {
            pqxx::work work(connection);
            remove_customer(work, made_up::catalogue, customers, customer, 73);
            work.commit();
        });
    }

    /// The badges of a member, each read for it.
    ScopeReading badges_of(int member, const Records& badges) {
        ScopeReading reading = read(made_up::badges, contoso, {});
        reading.portion.emplace().number = ++portions_;
        reading.portion->rows.push_back({guid(member)});
        reading.covered.push_back(guid(member));
        Decoder decoder(made_up::badges);
        Surroundings around;
        around.customer_id = contoso;
        around.outer = {{"member_id", guid(member)}};
        for (const std::string& badge : badges) {
            ++reading.records;
            EXPECT_FALSE(decoder.decode(fmt::format(R"({{"badge":"{}"}})", badge), around));
            for (const DecodedRow& row : decoder.rows())
                reading.rows.add(row);
        }
        return reading;
    }

    [[nodiscard]] std::string value(const std::string& sql) const {
        return database_.value(sql).value_or("");
    }

    [[nodiscard]] std::string subscriptions_now() const {
        return value("select coalesce(string_agg(concat_ws(' ', subscription_id, friendly_name, "
                     "quantity), ', ' order by subscription_id), 'none') from "
                     "partner_center.subscriptions");
    }

    [[nodiscard]] std::string customers_now() const {
        return value("select coalesce(string_agg(company_name, ', ' order by company_name), "
                     "'none') from partner_center.customers");
    }

    void let_touches_expire() {
        database_.execute("update pcmirror.touched_rows set expires_at = now()");
    }

  private:
    int portions_ = 0;
};

TEST_F(TouchedRows, KeepANewCustomerThatListingsDoNotShowYet) {
    poll(customers, "", {customer_record(contoso)});
    const ScopeReading stale = read(customers, "", {customer_record(contoso)});
    std::vector<ScopeReading> made;
    made.push_back(read(customers, "", {customer_record(fabrikam)}));
    touch(customers, std::move(made));
    EXPECT_EQ(value("select count(*) from partner_center.customers"), "2");
    EXPECT_EQ(
        value("select job_id from pcmirror.change_log order by change_id desc limit 1"), "71"
    );

    apply(customers, stale);
    EXPECT_EQ(value("select count(*) from partner_center.customers"), "2");
    poll(customers, "", {customer_record(contoso)});
    EXPECT_EQ(value("select count(*) from partner_center.customers"), "2") << "reads lag";

    database_.execute("update pcmirror.touched_rows set expires_at = now()");
    poll(customers, "", {customer_record(contoso)});
    EXPECT_EQ(value("select count(*) from partner_center.customers"), "1");
}

TEST_F(TouchedRows, OfManyJobsCarryEachItsNumber) {
    add_customers({contoso, fabrikam});
    poll(subscriptions, contoso, {R"({"id":"a","quantity":1})"});
    poll(subscriptions, fabrikam, {R"({"id":"b","quantity":1})"});
    std::vector<ScopeReading> made;
    made.push_back(read(subscriptions, contoso, {R"({"id":"a","quantity":2})"}));
    made.push_back(read(subscriptions, fabrikam, {R"({"id":"c","quantity":3})"}));
    touch(subscriptions, std::move(made));
    EXPECT_EQ(
        value("select string_agg(format('%s %s %s', job_id, operation, key ->> 'subscription_id'), "
              "', ' order by job_id) from pcmirror.change_log where job_id is not null"),
        "71 update a, 72 insert c"
    );
    EXPECT_EQ(
        value("select string_agg(row_count::text, ' ' order by customer_id) from "
              "pcmirror.sync_scopes where resource = 'subscriptions'"),
        "1 2"
    );
}

TEST_F(TouchedRows, LeaveCustomersAloneThatHaveLeft) {
    add_customers({contoso});
    poll(subscriptions, contoso, {R"({"id":"a","quantity":1})"});
    std::vector<ScopeReading> made;
    made.push_back(read(subscriptions, contoso, {R"({"id":"a","quantity":2})"}));
    made.back().lease.customer_id = fabrikam;
    touch(subscriptions, std::move(made));
    EXPECT_EQ(value("select quantity from partner_center.subscriptions"), "1");
    EXPECT_EQ(value("select count(*) from pcmirror.touched_rows"), "0");
}

TEST_F(TouchedRows, AreNotUndoneByReadingsOfWhatWasBeforeAnyOfThem) {
    const std::string at_first = R"({"id":"a","friendlyName":"old","quantity":1})";
    const std::string renamed = R"({"id":"a","friendlyName":"new","quantity":1})";
    add_customers({contoso});
    poll(subscriptions, contoso, {at_first});
    touch(subscriptions, read(subscriptions, contoso, {renamed}));
    touch(
        subscriptions,
        read(subscriptions, contoso, {R"({"id":"a","friendlyName":"new","quantity":2})"})
    );

    poll(subscriptions, contoso, {at_first});
    EXPECT_EQ(subscriptions_now(), "a new 2");
    poll(subscriptions, contoso, {renamed});
    EXPECT_EQ(subscriptions_now(), "a new 2");

    let_touches_expire();
    poll(subscriptions, contoso, {at_first});
    EXPECT_EQ(subscriptions_now(), "a old 1");
}

TEST_F(TouchedRows, AreNotUndoneByListingsThatShowLessThanTheirOwnReadings) {
    const auto user = [](const std::string& name, const std::string& phone) {
        return fmt::format(
            R"({{"id":"{}","userPrincipalName":"a@example.com","displayName":"{}"{}}})",
            guid(7),
            name,
            phone
        );
    };
    const std::string phone = R"(,"phoneNumber":"1")";
    const std::string now =
        "select concat_ws(' ', display_name, phone_number) from partner_center.users";
    add_customers({contoso});
    poll(resources::users, contoso, {user("Ada", "")});
    touch(resources::users, read(resources::users, contoso, {user("Bea", phone)}));
    touch(resources::users, read(resources::users, contoso, {user("Cleo", phone)}));

    poll(resources::users, contoso, {user("Bea", "")});
    EXPECT_EQ(value(now), "Cleo 1") << "it leaves out what listings don't carry";
    poll(resources::users, contoso, {user("Bea", R"(,"phoneNumber":"2")")});
    EXPECT_EQ(value(now), "Bea 2") << "it says something new";
}

TEST_F(TouchedRows, KeepWhatIsNewAndWasChangedSince) {
    const std::string as_made = R"({"id":"a","quantity":1})";
    add_customers({contoso});
    poll(subscriptions, contoso, {});
    touch(subscriptions, read(subscriptions, contoso, {as_made}));
    touch(subscriptions, read(subscriptions, contoso, {R"({"id":"a","quantity":2})"}));

    poll(subscriptions, contoso, {}, {.guard = no_guard()});
    EXPECT_EQ(subscriptions_now(), "a 2") << "a listing from before it was made";
    poll(subscriptions, contoso, {as_made});
    EXPECT_EQ(subscriptions_now(), "a 2") << "a listing from before it was changed";
}

TEST_F(TouchedRows, KeepWhatIsNewAmongTheRowsOfWhatIsTouchedAgain) {
    add_customers({contoso});
    touch(made_up::badges, badges_of(7, {"gold"}));
    touch(made_up::badges, badges_of(7, {"gold", "tin"}));

    for (const Records& stale : {Records{}, Records{"gold"}})
        apply(made_up::badges, badges_of(7, stale), {.guard = no_guard()});

    EXPECT_EQ(
        value("select string_agg(badge, ' ' order by badge) from partner_center.badges"), "gold tin"
    );
}

TEST_F(TouchedRows, CanBeTakenBackByALaterJob) {
    add_customers({contoso});
    poll(subscriptions, contoso, {R"({"id":"a","quantity":1})"});
    for (const char* again : {"2", "1", "2"}) {
        touch(
            subscriptions,
            read(subscriptions, contoso, {fmt::format(R"({{"id":"a","quantity":{}}})", again)})
        );
        EXPECT_EQ(subscriptions_now(), fmt::format("a {}", again));
    }
}

TEST_F(TouchedRows, AreForgottenOnceExpiredWhenTheyAreTouchedAgain) {
    add_customers({contoso});
    poll(subscriptions, contoso, {R"({"id":"a","quantity":1})"});
    for (const char* quantity : {"2", "3", "4"}) {
        touch(
            subscriptions,
            read(subscriptions, contoso, {fmt::format(R"({{"id":"a","quantity":{}}})", quantity)})
        );
        let_touches_expire();
    }
    EXPECT_EQ(value("select count(*) from pcmirror.touched_rows"), "1")
        << "however often it is touched";
}

// A customer that a job removed is a touched row, too.

TEST_F(TouchedRows, KeepARemovedCustomerAwayThatListingsStillShow) {
    const Records both{customer_record(contoso, "Contoso"), customer_record(fabrikam, "Fabrikam")};
    poll(customers, "", both);
    const ScopeReading earlier = read(customers, "", both);
    remove(fabrikam);
    EXPECT_EQ(customers_now(), "Contoso");

    apply(customers, earlier);
    EXPECT_EQ(customers_now(), "Contoso") << "a poll that began before";
    poll(customers, "", both);
    EXPECT_EQ(customers_now(), "Contoso") << "a listing that lags";

    let_touches_expire();
    poll(customers, "", both);
    EXPECT_EQ(customers_now(), "Contoso, Fabrikam") << "somebody made the relationship anew";
}

TEST_F(TouchedRows, KeepARemovedCustomerAwayAsItWasBeforeAnEarlierJob) {
    const std::string at_first = customer_record(fabrikam, "Fabrikam");
    poll(customers, "", {customer_record(contoso), at_first});
    touch(customers, read(customers, "", {customer_record(fabrikam, "Renamed")}));
    remove(fabrikam);

    poll(customers, "", {customer_record(contoso), at_first});

    EXPECT_EQ(customers_now(), "Contoso");
}

TEST_F(TouchedRows, KeepARemovedCustomerAwayThatTheMirrorNeverHad) {
    poll(customers, "", {customer_record(contoso)});
    const ScopeReading earlier =
        read(customers, "", {customer_record(contoso), customer_record(fabrikam)});
    remove(fabrikam);
    apply(customers, earlier);
    EXPECT_EQ(customers_now(), "Contoso");
}

} // namespace
} // namespace pcmirror::testing
