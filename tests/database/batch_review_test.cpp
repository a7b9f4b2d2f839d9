#include "schema/operation_catalogue.hpp"
#include "sync/write/batch_facts.hpp"
#include "sync/write/batch_review.hpp"
#include "sync/write/operation_store.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string contoso = guid(1);
const std::string ada = guid(11);
const std::string bob = guid(12);
const std::string office = guid(21);

/// A batch is judged by what the tables say.
class BatchReview : public MirrorFixture {
  protected:
    BatchReview() {
        add_customers({contoso, guid(2)});
        database_.execute(fmt::format(
            "update partner_center.customers set domain = 'Contoso.com' where customer_id = '{0}';"
            "insert into partner_center.users (customer_id, user_id, user_principal_name, "
            "display_name, state) values ('{0}', '{1}', 'Ada@contoso.com', 'Ada', 'active'), "
            "('{0}', '{2}', 'bob@contoso.com', 'Bob', 'inactive');"
            "insert into partner_center.subscribed_skus (customer_id, sku_id, sku_part_number, "
            "sku_name, target_type, available_units) values ('{0}', '{3}', 'E3', 'Office E3', "
            "'User', 0), ('{0}', 't', 'T', 'All', 'Tenant', 0);"
            "insert into partner_center.user_licenses (customer_id, user_id, sku_id) values "
            "('{0}', '{1}', '{3}');"
            "insert into partner_center.subscriptions (customer_id, subscription_id, "
            "friendly_name, quantity) values ('{0}', 's-1', 'Office', 25);"
            "insert into pcmirror.sync_scopes (resource, customer_id, state, last_success_at) "
            "select r, '{0}', 'ok', now() from unnest(array['users', 'subscriptions', "
            "'subscribed_skus']) r on conflict do nothing",
            contoso,
            ada,
            bob,
            office
        ));
        pool_.run_now("writing the operations", [&](pqxx::connection& connection) {
            pqxx::work work(connection);
            write_operations(work, operation_catalogue(), AllowedOperations({}), session_.id());
            work.commit();
        });
    }

    void line(
        const std::string& operation,
        const json& payload,
        const std::string& customer = "contoso.com",
        const std::string& key = ""
    ) {
        BatchJob job;
        job.line = jobs.size() + 2;
        job.job = {operation, customer, payload.dump(), key, "", 0};
        jobs.push_back(job);
    }

    [[nodiscard]] BatchVerdict verdict(DatabasePool& pool) const {
        return review_batch(pool, operation_catalogue(), [&] {
            return [&, from = std::size_t{0}]() mutable {
                std::vector<BatchJob> some;
                for (; from < jobs.size() && some.size() < 2; ++from)
                    some.push_back(jobs[from]);
                return some;
            };
        });
    }

    [[nodiscard]] std::vector<std::string> findings() {
        std::vector<std::string> all;
        for (const Finding& finding : verdict(pool_).findings)
            all.push_back(
                fmt::format("{} {}: {}", finding.line, to_string(finding.kind), finding.text)
            );
        return all;
    }

    std::vector<BatchJob> jobs;
};

TEST_F(BatchReview, FindsUsersByIdAndByNameInAnyCase) {
    line("update_user", {{"user_id", ada}, {"display_name", "Ada"}});
    line("update_user", {{"user_principal_name", "ADA@Contoso.com"}, {"first_name", "A"}});
    line("update_user", {{"user_principal_name", "bob@contoso.com"}, {"first_name", "B"}});
    line("update_user", {{"user_principal_name", "eve@contoso.com"}, {"first_name", "E"}});
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 no_op: the mirror shows it so already",
            "4 conflict: the user is deleted; restore_user brings it back",
            "5 unknown: the mirror has no user \"eve@contoso.com\", and no earlier line makes it"
        )
    );
}

TEST_F(BatchReview, ReadsSeatsLicensesAndSubscriptions) {
    const json assign = {{"licenses_to_assign", {{{"sku_id", "e3"}}}}};
    json to_ada = assign;
    to_ada["user_id"] = ada;
    line("assign_licenses", to_ada);
    line(
        "create_user",
        {{"user_principal_name", "new@contoso.com"},
         {"display_name", "New"},
         {"usage_location", "FR"},
         {"password", "Geheim4711*"}}
    );
    json to_new = assign;
    to_new["user_principal_name"] = "new@contoso.com";
    line("assign_licenses", to_new);
    line("assign_licenses", {{"user_id", ada}, {"licenses_to_assign", {{{"sku_id", "T"}}}}});
    line("update_subscription", {{"subscription_id", "s-1"}, {"friendly_name", "Office"}});
    line("update_subscription", {{"subscription_id", "s-2"}, {"friendly_name", "Office"}});
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 no_op: the mirror shows it so already",
            "4 missing_seats: no seat of Office E3 is left: the customer has 0 to give, and this "
            "takes number 1",
            "6 no_op: the mirror shows it so already",
            "7 unknown: the mirror has no subscription s-2"
        )
    );
}

TEST_F(BatchReview, SaysWhatWouldBeRefused) {
    line("update_user", {{"user_id", "x"}});
    line("update_user", {{"user_id", ada}, {"first_name", "A"}}, guid(99));
    line("update_user", {{"user_id", ada}, {"first_name", "A"}}, "nobody.com");
    line("update_order_billing_cycle", {{"order_id", "o"}, {"billing_cycle", "monthly"}});
    const BatchVerdict found = verdict(pool_);
    EXPECT_EQ(found.count(FindingKind::refused), 4U);
    EXPECT_EQ(found.to_queue, 0U);
    EXPECT_EQ(found.requests(), 0U);
    EXPECT_THAT(found.findings[1].text, HasSubstr("is not mirrored"));
    EXPECT_THAT(found.findings[3].text, HasSubstr("is not allowed"));
}

TEST_F(BatchReview, KnowsWhatIsQueuedAndQueuesNothing) {
    database_.execute(fmt::format(
        "select pcmirror.enqueue_job('delete_user', '{}', '{{\"user_id\": \"{}\"}}', 'k')",
        contoso,
        ada
    ));
    line("update_user", {{"user_id", ada}, {"first_name", "A"}});
    line("delete_user", {{"user_id", ada}}, contoso, "k");
    line("delete_user", {{"user_id", bob}}, contoso, "k");
    EXPECT_THAT(
        findings(),
        ElementsAre(
            HasSubstr("2 conflict: job "),
            HasSubstr("3 already_there: it is job "),
            HasSubstr("4 refused: its key belongs to job ")
        )
    );
    EXPECT_EQ(database_.number("select count(*) from pcmirror.jobs"), 1);
}

TEST_F(BatchReview, LeavesToWaitingJobsTheSeatsThatTheyTake) {
    const std::string eve = guid(13);
    database_.execute(fmt::format(
        "update partner_center.subscribed_skus set available_units = 2 where sku_id = '{3}';"
        "insert into partner_center.users (customer_id, user_id, user_principal_name, state) "
        "values ('{0}', '{2}', 'eve@contoso.com', 'active');"
        // Ada holds one already; the second names the user and the product otherwise.
        "select pcmirror.enqueue_job('assign_licenses', '{0}', jsonb_build_object('user_id', "
        "'{1}', 'licenses_to_assign', '[{{\"sku_id\": \"{3}\"}}]'::jsonb));"
        "select pcmirror.enqueue_job('assign_licenses', '{0}', jsonb_build_object("
        "'user_principal_name', 'EVE@contoso.com', 'licenses_to_assign', "
        "'[{{\"sku_id\": \"E3\"}}]'::jsonb))",
        contoso,
        ada,
        eve,
        office
    ));
    for (const char* name : {"one@contoso.com", "two@contoso.com"}) {
        line(
            "create_user",
            {{"user_principal_name", name},
             {"display_name", "New"},
             {"usage_location", "FR"},
             {"password", "Geheim4711*"}}
        );
        line(
            "assign_licenses",
            {{"user_principal_name", name}, {"licenses_to_assign", {{{"sku_id", office}}}}}
        );
    }
    EXPECT_THAT(
        findings(),
        ElementsAre("5 missing_seats: no seat of Office E3 is left: the customer has 2 to give, "
                    "waiting jobs take 1, and this takes number 3")
    );
    EXPECT_EQ(verdict(pool_).seats.at({contoso, office}).queued, 1);

    database_.execute(fmt::format(
        "select pcmirror.enqueue_job('assign_licenses', '{}', jsonb_build_object('user_id', '{}', "
        "'licenses_to_remove', '[\"E3\"]'::jsonb))",
        contoso,
        ada
    ));
    EXPECT_THAT(findings(), IsEmpty()) << "a job that waits gives one back";
}

TEST_F(BatchReview, SeesDomainsThatOthersHave) {
    json customer = {
        {"company_profile", {{"domain", "contoso.com"}}},
        {"billing_profile",
         {{"email", "a@b.c"},
          {"culture", "en-US"},
          {"language", "en"},
          {"company_name", "C"},
          {"default_address",
           {{"country", "FR"},
            {"city", "Paris"},
            {"address_line1", "1"},
            {"postal_code", "1"},
            {"first_name", "A"},
            {"last_name", "B"}}}}}};
    line("create_customer", customer, "");
    EXPECT_THAT(
        findings(),
        ElementsAre("2 name_clash: the domain \"contoso.com\" is that of customer " + contoso)
    );
}

TEST_F(BatchReview, IsThereForOperators) {
    const std::string who = database_.name() + "_reviewer";
    database_.execute("create role " + who + " login in role pcmirror_operator");
    line("update_user", {{"user_id", ada}, {"first_name", "A"}}, "contoso.com", "k");
    {
        DatabasePool pool(loop_.get_executor(), Secret(database_.url_as(who)), 1, "operator");
        EXPECT_THAT(verdict(pool).findings, IsEmpty());
    }
    database_.execute("drop role " + who);
}

} // namespace
} // namespace pcmirror::testing
