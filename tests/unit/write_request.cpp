#include "sync/write/write_request.hpp"
#include "schema/operation_catalogue.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

constexpr const char* customer = "1a2b3c4d-0000-4000-8000-000000000001";
constexpr const char* user = "1a2b3c4d-0000-4000-8000-0000000000a2";

FilledOperation filled(const char* name, const std::string& payload) {
    return {
        operation_catalogue().find(name),
        customer,
        "99999999-0000-4000-8000-000000000009",
        Document::parse(payload)};
}

std::string body(const FilledOperation& job, const char* item = "null") {
    return body_of(job, Document::parse(item)).json();
}

std::string path(const FilledOperation& job) {
    return filled_path(job, job.operation->path);
}

TEST(WriteRequest, FillsIdsIntoThePathInLowerCase) {
    const auto job = filled(
        "add_user_role",
        R"({"role_id":"AAAAAAAA-0000-4000-8000-000000000001",
            "user_id":"1A2B3C4D-0000-4000-8000-0000000000A2"})"
    );
    EXPECT_EQ(
        path(job),
        std::string("/v1/customers/") + customer +
            "/directoryroles/aaaaaaaa-0000-4000-8000-000000000001/usermembers"
    );
    EXPECT_EQ(
        filled_path(job, job.operation->item_path),
        std::string("/v1/customers/") + customer + "/users/" + user
    );
}

TEST(WriteRequest, KeepsTheCaseOfOtherIdsAndEscapesWhatIsNone) {
    EXPECT_EQ(
        path(filled(
            "update_order_billing_cycle", R"({"order_id":"9qg-ErcO","billing_cycle":"monthly"})"
        )),
        std::string("/v1/customers/") + customer + "/orders/9qg-ErcO"
    );
    EXPECT_EQ(
        path(filled("delete_self_serve_policy", R"({"policy_id":"a/../b?c"})")),
        "/v1/SelfServePolicy/a%2F..%2Fb%3Fc"
    );
}

TEST(WriteRequest, KeepsTheCaseOfTextsThatLookLikeIds) {
    EXPECT_EQ(
        body(filled(
            "reset_user_password",
            R"({"user_id":"1A2B3C4D-0000-4000-8000-0000000000A2",
                "password":"AAAAAAAA-0000-4000-8000-000000000001"})"
        )),
        R"({"passwordProfile":{"password":"AAAAAAAA-0000-4000-8000-000000000001"},)"
        R"("attributes":{"objectType":"CustomerUser"}})"
    );
    EXPECT_EQ(
        body(filled(
            "update_user",
            R"({"user_id":"1A2B3C4D-0000-4000-8000-0000000000A2",
                "display_name":"AAAAAAAA-0000-4000-8000-000000000001"})"
        )),
        R"({"displayName":"AAAAAAAA-0000-4000-8000-000000000001",)"
        R"("attributes":{"objectType":"CustomerUser"}})"
    );
}

TEST(WriteRequest, OfANewUserHasItsMembersWhereTheApiWantsThem) {
    EXPECT_EQ(
        body(filled(
            "create_user",
            R"({"user_principal_name":"a@b.c","display_name":"A","usage_location":"US",
                "password":"hush","force_change_password":true})"
        )),
        R"({"userPrincipalName":"a@b.c","displayName":"A","usageLocation":"US",)"
        R"("passwordProfile":{"password":"hush","forceChangePassword":true},)"
        R"("attributes":{"objectType":"CustomerUser"}})"
    );
}

TEST(WriteRequest, OfAPartialChangeHasOnlyTheChange) {
    EXPECT_EQ(
        body(filled("update_user", std::string(R"({"user_id":")") + user + R"(","first_name":"B"})")
        ),
        R"({"firstName":"B","attributes":{"objectType":"CustomerUser"}})"
    );
}

TEST(WriteRequest, OfAWholeResourceKeepsAllThatItDoesNotChange) {
    EXPECT_EQ(
        body(
            filled(
                "update_subscription",
                R"({"subscription_id":"S","friendly_name":"new","status":"Suspended"})"
            ),
            R"({"id":"S","friendlyName":"old","status":"active","unknown":{"x":1.2300},)"
            R"("autoRenewEnabled":true,"attributes":{"etag":"abc","objectType":"Subscription"}})"
        ),
        R"({"id":"S","friendlyName":"new","status":"suspended","unknown":{"x":1.2300},)"
        R"("autoRenewEnabled":true,"attributes":{"etag":"abc","objectType":"Subscription"}})"
    );
}

TEST(WriteRequest, OfANestedChangeKeepsTheRestOfTheObject) {
    EXPECT_EQ(
        body(
            filled("update_billing_profile", R"({"default_address":{"city":"Paris"}})"),
            R"({"email":"e","defaultAddress":{"country":"FR","city":"Lyon"}})"
        ),
        R"({"email":"e","defaultAddress":{"country":"FR","city":"Paris"}})"
    );
}

TEST(WriteRequest, OfListsHasTheNamesOfTheirElementsToo) {
    EXPECT_EQ(
        body(filled(
            "assign_licenses",
            R"({"user_id":"x","licenses_to_assign":[{"sku_id":"K","excluded_plans":["p"]}],
                "licenses_to_remove":["R"]})"
        )),
        R"({"licensesToAssign":[{"skuId":"K","excludedPlans":["p"]}],"licensesToRemove":["R"],)"
        R"("attributes":{"objectType":"LicenseUpdate"}})"
    );
}

TEST(WriteRequest, OfAPolicyNamesPartnerAndCustomer) {
    EXPECT_EQ(
        body(filled(
            "create_self_serve_policy",
            R"({"permissions":[{"resource":"AzureReservedInstances","action":"Purchase"}]})"
        )),
        R"({"permissions":[{"resource":"AzureReservedInstances","action":"Purchase"}],)"
        R"("selfServeEntity":{"selfServeEntityType":"customer","tenantID":")" +
            std::string(customer) +
            R"("},"grantor":{"grantorType":"billToPartner",)"
            R"("tenantID":"99999999-0000-4000-8000-000000000009"}})"
    );
}

TEST(WriteRequest, OfARoleCopiesWhoTheUserIs) {
    EXPECT_EQ(
        body(
            filled("add_user_role", R"({"role_id":"r","user_id":"u"})"),
            R"({"id":"u","displayName":"U","userPrincipalName":"u@b.c","state":"active"})"
        ),
        R"({"id":"u","displayName":"U","userPrincipalName":"u@b.c",)"
        R"("attributes":{"objectType":"UserMember"}})"
    );
}

TEST(WriteRequest, OfADeletionHasNoBody) {
    EXPECT_EQ(body(filled("delete_user", R"({"user_id":"u"})")), "null");
    EXPECT_EQ(
        body(filled("restore_user", R"({"user_id":"u"})")),
        R"({"state":"active","attributes":{"objectType":"CustomerUser"}})"
    );
}

TEST(WriteRequest, SendsNullWhereItRemovesSomething) {
    EXPECT_EQ(
        body(filled("update_spending_budget", R"({"amount":null})")),
        R"({"amount":null,"attributes":{"objectType":"SpendingBudget"}})"
    );
    EXPECT_EQ(
        body(filled("update_spending_budget", R"({"amount":100.50})")),
        R"({"amount":100.50,"attributes":{"objectType":"SpendingBudget"}})"
    );
}

TEST(WriteRequest, QuotesAnEtagOnce) {
    const Operation& profile = *operation_catalogue().find("update_billing_profile");
    const auto if_match = [&](const char* item) {
        return if_match_of(profile, Document::parse(item));
    };
    EXPECT_EQ(if_match(R"({"attributes":{"etag":"-42"}})"), "\"-42\"");
    EXPECT_EQ(if_match(R"({"attributes":{"etag":"\"a-b\""}})"), "\"a-b\"");
    EXPECT_EQ(if_match(R"({"attributes":{"etag":"W/\"x\""}})"), "W/\"x\"");
    EXPECT_EQ(if_match(R"({"attributes":{"etag":""}})"), "");
    EXPECT_EQ(if_match("{}"), "");
    EXPECT_EQ(
        if_match_of(
            *operation_catalogue().find("update_user"),
            Document::parse(R"({"attributes":{"etag":"1"}})")
        ),
        ""
    );
}

TEST(WriteRequest, ReplacesAsAWholeWhatOnlyTheApiKnowsTheMembersOf) {
    EXPECT_EQ(
        body(
            filled(
                "update_subscription",
                R"({"subscription_id":"S","scheduled_next_term_instructions":{"quantity":5}})"
            ),
            R"({"id":"S","scheduledNextTermInstructions":)"
            R"({"quantity":9,"customTermEndDate":"2027-01-01"},"status":"active"})"
        ),
        R"({"id":"S","scheduledNextTermInstructions":{"quantity":5},"status":"active"})"
    );
}

TEST(WriteRequest, SeesWhetherAnItemShowsTheChange) {
    const auto rename = filled(
        "update_subscription", R"({"subscription_id":"S","friendly_name":"new","quantity":5})"
    );
    EXPECT_TRUE(shows(rename, Document::parse(R"({"friendlyName":"new","quantity":5,"x":1})")));
    EXPECT_FALSE(shows(rename, Document::parse(R"({"friendlyName":"old","quantity":5})")));
    EXPECT_FALSE(shows(rename, Document::parse(R"({"friendlyName":"new"})")));
    EXPECT_TRUE(shows(
        filled("update_subscription", R"({"subscription_id":"S","status":"suspended"})"),
        Document::parse(R"({"status":"Suspended"})")
    )) << "enums are spelt in more than one way";
    EXPECT_TRUE(shows(
        filled("create_user", R"({"user_principal_name":"a","password":"***"})"),
        Document::parse(R"({"userPrincipalName":"a"})")
    )) << "no item carries a password";
    const auto restore = filled("restore_user", R"({"user_id":"u"})");
    EXPECT_FALSE(shows(restore, Document::parse(R"({"state":"inactive"})")));
    EXPECT_TRUE(shows(restore, Document::parse(R"({"state":"active"})")));
}

TEST(WriteRequest, TakesWhatReadingsLeaveOutForNoSignOfSomebodyElse) {
    const auto found = [](const FilledOperation& job, const char* item) {
        return may_have_made(job, Document::parse(item));
    };
    const auto customer_wanted = filled(
        "create_customer",
        R"({"company_profile":{"domain":"x.example.com"},"billing_profile":{"culture":"fr-FR"}})"
    );
    EXPECT_TRUE(found(
        customer_wanted, R"({"companyProfile":{"domain":"X.example.com"},"billingProfile":null})"
    )) << "listings show no billing profile";
    EXPECT_FALSE(found(customer_wanted, R"({"companyProfile":{"domain":"y.example.com"}})"));
    EXPECT_TRUE(found(
        filled(
            "update_qualification", R"({"qualification":"Education","education_segment":"K12"})"
        ),
        R"({"qualification":"Education","vettingStatus":"InReview"})"
    ));
    const auto agreement =
        filled("confirm_customer_agreement", R"({"date_agreed":"2024-06-14T00:00:00.000Z"})");
    EXPECT_TRUE(found(agreement, R"({"dateAgreed":"2024-06-14T02:00:00+02:00"})"));
    EXPECT_FALSE(found(agreement, R"({"dateAgreed":"2024-06-15T00:00:00Z"})"));
}

TEST(WriteRequest, TakesAnotherSpellingForNoChange) {
    const auto job =
        filled("update_order_billing_cycle", R"({"order_id":"O","billing_cycle":"annual"})");
    const auto same = [&](const char* before, const char* now) {
        return same_targets(
            *job.operation,
            targets_in(job, Document::parse(before)),
            targets_in(job, Document::parse(now))
        );
    };
    EXPECT_TRUE(same(R"({"billingCycle":"one_time"})", R"({"billingCycle":"OneTime","x":1})"));
    EXPECT_TRUE(same("{}", "{}"));
    EXPECT_FALSE(same(R"({"billingCycle":"monthly"})", R"({"billingCycle":"none"})"));
    EXPECT_FALSE(same("{}", R"({"billingCycle":"none"})"));
}

TEST(WriteRequest, LooksOnlyAtThePartOfAMemberThatItChanges) {
    const auto job = filled("update_billing_profile", R"({"default_address":{"city":"Paris"}})");
    const auto target = [&](const char* item) {
        return targets_in(job, Document::parse(item)).json();
    };
    EXPECT_EQ(
        target(R"({"defaultAddress":{"city":"Lyon","country":"FR"},"email":"a@b"})"),
        R"({"defaultAddress":{"city":"Lyon"}})"
    );
    EXPECT_EQ(target(R"({"defaultAddress":null})"), R"({"defaultAddress":null})");
    EXPECT_EQ(target("{}"), "{}");
}

TEST(WriteRequest, SendsMomentsAsTheApiWantsThem) {
    const auto sent = [](const std::string& moment) {
        return changed_members(
                   filled("confirm_customer_agreement", R"({"date_agreed":")" + moment + "\"}")
        )
            .text_at("/dateAgreed");
    };
    EXPECT_EQ(sent("2026-11-09"), "2026-11-09T00:00:00Z");
    EXPECT_EQ(sent("2026-11-10 01:02:03Z"), "2026-11-10T01:02:03Z");
    EXPECT_EQ(sent("2026-11-10T01:02"), "2026-11-10T01:02:00Z");
    EXPECT_EQ(sent("2026-11-10T01:02:03.4567"), "2026-11-10T01:02:03.4567Z");
    EXPECT_EQ(sent("2026-11-10 01:02+02"), "2026-11-10T01:02:00+02:00");
    EXPECT_EQ(sent("2026-11-10T01:02:03-0330"), "2026-11-10T01:02:03-03:30");
    EXPECT_EQ(sent("2026-11-10T01:02:03+02:00"), "2026-11-10T01:02:03+02:00");
}

TEST(WriteRequest, SaysWhatIsNotAsExpected) {
    const auto job = filled(
        "update_user",
        R"({"user_id":"u","display_name":"new","expect":{"display_name":"old","usage_location":null}})"
    );
    EXPECT_EQ(unexpected(job, Document::parse(R"({"displayName":"old"})")), "");
    EXPECT_EQ(
        unexpected(job, Document::parse(R"({"displayName":"other","usageLocation":"US"})")),
        R"(display_name is "other", not "old"; usage_location is "US", not null)"
    );
    EXPECT_EQ(unexpected(filled("update_user", R"({"user_id":"u"})"), Document::parse("{}")), "");
}

TEST(WriteRequest, CarriesNoExpectation) {
    EXPECT_EQ(
        body(filled("update_user", R"({"user_id":"u","first_name":"B","expect":{"last_name":"C"}})")
        ),
        R"({"firstName":"B","attributes":{"objectType":"CustomerUser"}})"
    );
}

TEST(WriteRequest, IsShownByAnItemThatSpellsTheApisOwnWordsInItsWayButNotNames) {
    const auto cycle =
        filled("update_order_billing_cycle", R"({"order_id":"o","billing_cycle":"one_time"})");
    EXPECT_TRUE(shows(cycle, Document::parse(R"({"billingCycle":"one_time"})")));
    EXPECT_TRUE(shows(cycle, Document::parse(R"({"billingCycle":"OneTime"})")));
    const auto name =
        filled("update_subscription", R"({"subscription_id":"s","friendly_name":"team_a"})");
    EXPECT_TRUE(shows(name, Document::parse(R"({"friendlyName":"team_a"})")));
    EXPECT_FALSE(shows(name, Document::parse(R"({"friendlyName":"teama"})")));
}

} // namespace
} // namespace pcmirror
