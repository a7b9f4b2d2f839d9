#include "sync/write/batch_judge.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace pcmirror {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string contoso = "11111111-0000-4000-8000-000000000001";
const std::string fabrikam = "11111111-0000-4000-8000-000000000002";
const std::string ada = "22222222-0000-4000-8000-000000000001";
const std::string bob = "22222222-0000-4000-8000-000000000002";
const std::string gone = "22222222-0000-4000-8000-000000000003";
const std::string office = "33333333-0000-4000-8000-000000000001";
const std::string visio = "33333333-0000-4000-8000-000000000002";

/// A mirror with a few users, two products, a subscription, and lines that are judged by it.
class Judge : public ::testing::Test {
  protected:
    Judge() {
        add_user(ada, "ada@contoso.com", true, {office});
        add_user(bob, "bob@contoso.com", true, {});
        add_user(gone, "gone@contoso.com", false, {});
        facts.skus[contoso] = {{office, "e3", "Office E3", 2}, {visio, "visio", "Visio", 0}};
        facts.subscriptions[{contoso, "s-1"}] = document(
            {{"friendly_name", "Office"},
             {"quantity", 25},
             {"status", "active"},
             {"partner_id", nullptr}}
        );
        for (const char* resource : {"users", "subscriptions", "subscribed_skus"})
            facts.read.emplace(contoso, resource);
        facts.domains = {{"contoso.com", contoso}, {"fabrikam.com", fabrikam}};
    }

    static Document document(const json& value) { return Document::parse(value.dump()); }

    void add_user(
        const std::string& id, const std::string& name, bool active, std::set<std::string> skus
    ) {
        facts.users[{contoso, id}] = {
            id,
            active,
            document(
                {{"user_principal_name", name}, {"display_name", "Name"}, {"usage_location", "FR"}}
            ),
            std::move(skus)};
        facts.user_ids[{contoso, name}] = id;
    }

    /// Adds a line; the first one is line 2.
    void line(
        const std::string& operation,
        const json& payload,
        const std::string& customer = contoso,
        const std::string& key = ""
    ) {
        BatchJob job;
        job.line = jobs.size() + 2;
        job.job = {operation, customer, payload.dump(), key, "", 0};
        jobs.push_back(job);
    }

    void pending(const std::string& operation, const json& payload) {
        facts.pending.push_back({4711, operation, contoso, document(payload)});
    }

    BatchVerdict verdict() {
        BatchJudge judge(operation_catalogue());
        judge.judge(jobs, facts);
        return judge.verdict();
    }

    /// `3 conflict: line 2 sets ...`
    std::vector<std::string> findings() {
        std::vector<std::string> all;
        for (const Finding& finding : verdict().findings)
            all.push_back(
                fmt::format("{} {}: {}", finding.line, to_string(finding.kind), finding.text)
            );
        return all;
    }

    static json of(const std::string& user) { return {{"user_id", user}}; }

    static json rename(const std::string& user, const std::string& name) {
        return {{"user_id", user}, {"display_name", name}};
    }

    static json assign(const std::string& user, const std::string& sku) {
        return {{"user_id", user}, {"licenses_to_assign", {{{"sku_id", sku}}}}};
    }

    static json newcomer(const std::string& name) {
        return {
            {"user_principal_name", name},
            {"display_name", "New"},
            {"usage_location", "FR"},
            {"password", "Geheim4711"}};
    }

    BatchFacts facts;
    std::vector<BatchJob> jobs;
};

TEST_F(Judge, FindsNothingInLinesThatChangeSomething) {
    line("update_user", rename(ada, "Ada"));
    line("update_user", {{"user_principal_name", "BOB@contoso.com"}, {"display_name", "Bob"}});
    line("update_subscription", {{"subscription_id", "s-1"}, {"quantity", 30}});
    line("create_user", newcomer("new@contoso.com"));
    EXPECT_THAT(findings(), IsEmpty());
    EXPECT_EQ(verdict().to_queue, 4U);
}

// What is so already.

TEST_F(Judge, SeesWhatTheMirrorShowsAlready) {
    line("update_user", {{"user_id", ada}, {"display_name", "Name"}, {"usage_location", "FR"}});
    line("update_user", {{"user_id", ada}, {"display_name", "Name"}, {"first_name", "Ada"}});
    line(
        "update_subscription",
        {{"subscription_id", "s-1"},
         {"status", "Active"},
         {"quantity", 25},
         {"partner_id", nullptr}}
    );
    line("update_billing_profile", {{"email", "a@b.c"}});
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 no_op: the mirror shows it so already", "4 no_op: the mirror shows it so already"
        )
    );
}

TEST_F(Judge, SeesWhatAnEarlierLineDoesAlready) {
    line("update_user", rename(ada, "Ada"));
    line("update_user", rename(ada, "Ada"));
    line("update_user", {{"user_principal_name", "ada@contoso.com"}, {"display_name", "Ada"}});
    EXPECT_THAT(
        findings(), ElementsAre("3 no_op: line 2 does the same", "4 no_op: line 2 does the same")
    );
}

TEST_F(Judge, SeesLicensesThatAreHeldOrNotHeldAlready) {
    line("assign_licenses", assign(ada, office));
    line("assign_licenses", {{"user_id", bob}, {"licenses_to_remove", {office}}});
    line("assign_licenses", {{"user_id", ada}, {"licenses_to_remove", {"E3"}}});
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 no_op: the mirror shows it so already",
            "3 no_op: the mirror shows it so already",
            "4 conflict: line 2 sets license Office E3 to something else"
        )
    );
}

TEST_F(Judge, SeesUsersThatAreDeletedOrRestoredAlready) {
    line("delete_user", of(gone));
    line("restore_user", of(ada));
    line("delete_user", of(bob));
    line("delete_user", of(bob));
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 no_op: the user is deleted already",
            "3 no_op: the user is not deleted",
            "5 no_op: line 4 deletes this user, too"
        )
    );
}

// Users.

TEST_F(Judge, KnowsUsersOfTheMirrorAndOfEarlierLines) {
    line("assign_licenses", assign("22222222-0000-4000-8000-000000000009", office));
    line("update_user", {{"user_principal_name", "new@contoso.com"}, {"display_name", "X"}});
    line("create_user", newcomer("New@contoso.com"));
    line("update_user", {{"user_principal_name", "new@contoso.com"}, {"display_name", "X"}});
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 unknown: the mirror has no user 22222222-0000-4000-8000-000000000009",
            "3 unknown: the mirror has no user \"new@contoso.com\", and no earlier line makes it"
        )
    );
}

TEST_F(Judge, SaysWhereUsersWereNeverRead) {
    line("delete_user", of(ada), fabrikam);
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 unknown: the users of this customer were never read; run: pcmirror sync users "
            "--customer " +
            fabrikam
        )
    );
}

TEST_F(Judge, KnowsUsersThatAQueuedJobMakes) {
    pending("create_user", {{"user_principal_name", "new@contoso.com"}});
    line("update_user", {{"user_principal_name", "new@contoso.com"}, {"display_name", "X"}});
    line("create_user", newcomer("new@contoso.com"));
    EXPECT_THAT(
        findings(),
        ElementsAre("3 name_clash: job 4711, which is queued, makes a user of the same name")
    );
}

TEST_F(Judge, RefusesNamesThatAreTaken) {
    line("create_user", newcomer("ADA@contoso.com"));
    line("create_user", newcomer("gone@contoso.com"));
    line("create_user", newcomer("new@contoso.com"));
    line("create_user", newcomer("new@contoso.com"));
    line("update_user", {{"user_id", ada}, {"user_principal_name", "bob@contoso.com"}});
    line(
        "update_user",
        {{"user_id", bob}, {"user_principal_name", "Bob@contoso.com"}, {"first_name", "B"}}
    );
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 name_clash: the customer has a user of this name",
            "3 name_clash: a deleted user has this name; restore_user brings it back",
            "5 name_clash: line 4 makes a user of the same name",
            "6 name_clash: the customer has a user of this name"
        )
    );
}

// Conflicts.

TEST_F(Judge, SeesLinesThatUndoEachOther) {
    line("update_user", rename(ada, "Ada"));
    line("update_user", {{"user_id", ada}, {"display_name", "Eve"}, {"first_name", "Eve"}});
    line("update_billing_profile", {{"email", "a@b.c"}, {"default_address", {{"city", "Paris"}}}});
    line("update_billing_profile", {{"default_address", {{"city", "Lyon"}}}});
    line("reset_user_password", {{"user_id", ada}, {"password", "Geheim1"}});
    line("reset_user_password", {{"user_id", ada}, {"password", "Geheim2"}});
    const std::vector<std::string> found = findings();
    EXPECT_THAT(
        found,
        ElementsAre(
            "3 conflict: line 2 sets display_name to something else",
            "5 conflict: line 4 sets default_address.city to something else",
            "7 conflict: line 6 sets password to something else"
        )
    );
    for (const std::string& text : found)
        EXPECT_THAT(text, Not(HasSubstr("Geheim")));
}

TEST_F(Judge, SeesWhatIsGoneByThen) {
    line("delete_user", of(ada));
    line("update_user", rename(ada, "Ada"));
    line("restore_user", of(ada));
    line("update_user", rename(ada, "Ada"));
    line("update_user", rename(gone, "Gone"));
    line("update_subscription", {{"subscription_id", "s-1"}, {"status", "deleted"}});
    line("update_subscription", {{"subscription_id", "s-1"}, {"quantity", 1}});
    line("remove_reseller_relationship", json::object());
    line("update_user", rename(bob, "Bob"));
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "3 conflict: line 2 deletes this user",
            "6 conflict: the user is deleted; restore_user brings it back",
            "8 conflict: line 7 cancels this subscription",
            "10 conflict: line 9 ends the relationship with this customer"
        )
    );
}

TEST_F(Judge, SeesWhatQueuedJobsRemove) {
    pending("delete_user", {{"user_principal_name", "ada@contoso.com"}});
    facts.pending.push_back({4712, "delete_user", contoso, document(of(bob))});
    facts.pending.push_back(
        {4713,
         "update_subscription",
         contoso,
         document({{"subscription_id", "s-1"}, {"status", "deleted"}})}
    );
    line("update_user", rename(ada, "Ada"));
    line("update_user", rename(bob, "Bob"));
    line("update_subscription", {{"subscription_id", "s-1"}, {"quantity", 1}});
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 conflict: job 4711, which is queued, deletes this user",
            "3 conflict: job 4712, which is queued, deletes this user",
            "4 conflict: job 4713, which is queued, cancels this subscription"
        )
    );
}

TEST_F(Judge, SeesDomainsOfOthers) {
    const auto customer = [](const std::string& domain) {
        return json{{"company_profile", {{"domain", domain}}}};
    };
    line("create_customer", customer("Fabrikam.com"), "");
    line("create_customer", customer("new.onmicrosoft.com"), "");
    line("create_customer", customer("new.onmicrosoft.com"), "");
    line("add_verified_domain", {{"verified_domain_name", "contoso.com"}});
    line("add_verified_domain", {{"verified_domain_name", "fabrikam.com"}});
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 name_clash: the domain \"fabrikam.com\" is that of customer " + fabrikam,
            "4 name_clash: line 3 takes the domain \"new.onmicrosoft.com\", too",
            "5 no_op: it is the customer's domain already",
            "6 name_clash: the domain \"fabrikam.com\" is that of customer " + fabrikam
        )
    );
}

// Seats.

TEST_F(Judge, CountsSeatsOverTheWholeBatch) {
    for (const char* name : {"a@contoso.com", "b@contoso.com", "c@contoso.com", "d@contoso.com"}) {
        line("create_user", newcomer(name));
        line(
            "assign_licenses",
            {{"user_principal_name", name}, {"licenses_to_assign", {{{"sku_id", "E3"}}}}}
        );
    }
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "7 missing_seats: no seat of Office E3 is left: the customer has 2 to give, and this "
            "takes number 3",
            "9 missing_seats: no seat of Office E3 is left: the customer has 2 to give, and this "
            "takes number 4"
        )
    );
    const SeatCount seats = verdict().seats.at({contoso, office});
    EXPECT_EQ(seats.available, 2);
    EXPECT_EQ(seats.wanted, 4);
    EXPECT_EQ(seats.missing, 2);
}

TEST_F(Judge, GivesSeatsThatEarlierLinesFree) {
    facts.skus[contoso][0].available = 0;
    line("assign_licenses", {{"user_id", ada}, {"licenses_to_remove", {office}}});
    line("assign_licenses", assign(bob, office));
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Judge, CountsNoSeatForWhatIsHeldOrHasNone) {
    facts.skus[contoso].push_back(
        {"44444444-0000-4000-8000-000000000001", "t", "Tenant wide", std::nullopt}
    );
    line("assign_licenses", assign(ada, office));
    line("assign_licenses", assign(bob, "44444444-0000-4000-8000-000000000001"));
    line("assign_licenses", assign(bob, "no-such-product"));
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 no_op: the mirror shows it so already",
            "4 missing_seats: the customer has no product \"no-such-product\""
        )
    );
    EXPECT_THAT(verdict().seats, IsEmpty());
}

// Keys and costs.

TEST_F(Judge, KnowsKeysThatAreThereAlready) {
    facts.keys["k1"] = {17, "update_user", contoso, document(rename(ada, "Ada"))};
    facts.keys["k2"] = {18, "update_user", contoso, document(rename(ada, "Eve"))};
    json masked = newcomer("new@contoso.com");
    masked["password"] = "***";
    facts.keys["k3"] = {19, "create_user", contoso, document(masked)};
    line("update_user", rename(ada, "Ada"), contoso, "k1");
    line("update_user", rename(ada, "Ada"), contoso, "k2");
    line("create_user", newcomer("new@contoso.com"), contoso, "k3");
    line("update_user", rename(bob, "Bob"), contoso, "k4");
    line("update_user", rename(bob, "Bob"), contoso, "k4");
    line("update_user", rename(bob, "Robert"), contoso, "k4");
    EXPECT_THAT(
        findings(),
        ElementsAre(
            "2 already_there: it is job 17",
            "3 refused: its key belongs to job 18, which is another one",
            "4 already_there: it is job 19",
            "6 already_there: line 5 is the same job",
            "7 refused: its key is that of line 5, which is another job"
        )
    );
    EXPECT_EQ(verdict().to_queue, 1U);
}

TEST_F(Judge, CountsTheRequestsThatItTakes) {
    line("update_subscription", {{"subscription_id", "s-1"}, {"quantity", 30}}); // read, write
    line("update_user", rename(ada, "Ada"));                                     // write
    json expecting = rename(bob, "Bob");
    expecting["expect"] = {{"display_name", "Name"}};
    line("update_user", expecting);               // read, write
    line("delete_user", of(bob));                 // write, three readings
    line("assign_licenses", assign(ada, office)); // write, a reading, products once a customer
    line("assign_licenses", assign(ada, office));
    const BatchVerdict found = verdict();
    EXPECT_EQ(found.needs.before, 2U);
    EXPECT_EQ(found.needs.writes, 6U);
    EXPECT_EQ(found.needs.after, 5U);
    EXPECT_EQ(found.listings, 1U);
    EXPECT_EQ(found.requests(), 14U);
    EXPECT_EQ(found.busiest_customer, contoso);
    EXPECT_EQ(found.busiest_jobs, 6U);
}

TEST_F(Judge, RemembersEarlierPortionsOfTheFile) {
    BatchJudge judge(operation_catalogue());
    line("update_user", rename(ada, "Ada"));
    judge.judge(jobs, facts);
    jobs.clear();
    line("update_user", rename(ada, "Eve"));
    judge.judge(jobs, facts);
    ASSERT_THAT(judge.verdict().findings, SizeIs(1));
    EXPECT_EQ(judge.verdict().findings[0].kind, FindingKind::conflict);
}

} // namespace
} // namespace pcmirror
