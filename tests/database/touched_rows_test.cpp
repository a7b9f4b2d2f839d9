#include "sync/write/touched_rows.hpp"
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

    [[nodiscard]] std::string value(const std::string& sql) const {
        return database_.value(sql).value_or("");
    }
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

} // namespace
} // namespace pcmirror::testing
