#include "tests/simulated/written_world.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* some_id = "aaaaaaaa-0000-4000-8000-000000000001";
constexpr const char* another_id = "aaaaaaaa-0000-4000-8000-000000000002";

class WrittenCustomers : public WrittenWorld {
  protected:
    static json new_customer(const std::string& domain) {
        return {
            {"companyProfile", {{"domain", domain}}},
            {"billingProfile",
             {{"email", "ada@example.com"},
              {"culture", "EN-US"},
              {"language", "en"},
              {"companyName", "New Company"},
              {"defaultAddress",
               {{"country", "FR"},
                {"city", "Lyon"},
                {"addressLine1", "1 quai"},
                {"postalCode", "69001"},
                {"firstName", "Ada"},
                {"lastName", "Martin"}}}}}};
    }

    Answered create(const json& body, const std::string& id = some_id) const {
        return send_with_id("POST", "/v1/customers", body, id);
    }

    // Nothing is active any more.
    void end_subscriptions() const {
        for (const json& row : truth("subscriptions", "?customer=" + customer_))
            if (row.at("status") == "active")
                change({{"set", {customer_, row.at("subscription_id"), {{"status", "suspended"}}}}}
                );
    }

    [[nodiscard]] json profile() const { return get(at("/profiles/billing")).body; }

    Answered put_profile(const json& body, const HttpHeaders& headers) const {
        return send("PUT", at("/profiles/billing"), body, headers);
    }

    [[nodiscard]] static HttpHeaders matching(const json& profile) {
        return {{"If-Match", "\"" + profile.at("attributes").at("etag").get<std::string>() + "\""}};
    }
};

TEST_F(WrittenCustomers, AreCreatedWithATenantAndItsAdministrator) {
    const Answered answer = create(new_customer("new.onmicrosoft.com"));
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.body.at("userCredentials").at("userName"), "admin");
    EXPECT_FALSE(answer.body.at("userCredentials").at("password").empty());
    EXPECT_EQ(answer.body.at("billingProfile").at("culture"), "en-US");
    const std::string id = answer.body.at("id");
    EXPECT_EQ(truth_of("customers", "customer_id", id).at("domain"), "new.onmicrosoft.com");
    EXPECT_FALSE(get("/v1/customers/" + id).body.contains("userCredentials"));
    EXPECT_EQ(get("/v1/customers/" + id + "/subscriptions").body.at("totalCount"), 0);
    EXPECT_EQ(get("/v1/customers/" + id + "/subscribedskus").body.at("totalCount"), 0);
    EXPECT_EQ(get("/v1/customers/" + id + "/agreements?agreementType=*").body.at("totalCount"), 0);
    const json users = get("/v1/customers/" + id + "/users?size=500").body;
    ASSERT_EQ(users.at("totalCount"), 1);
    EXPECT_EQ(users.at("items").at(0).at("userPrincipalName"), "admin@new.onmicrosoft.com");
    EXPECT_EQ(truth("role_members", "?customer=" + id).size(), 1U);
    EXPECT_EQ(effects("?operation=create_customer&target=" + id).at("count"), 1);
}

TEST_F(WrittenCustomers, AreFoundByTheirDomain) {
    const std::string id = create(new_customer("sought.onmicrosoft.com")).body.at("id");
    const Answered found = get(
        "/v1/customers?size=0&filter=%7B%22Field%22%3A%22Domain%22%2C%22Value%22%3A%22SOUGHT%22%2C%"
        "22Operator%22%3A%22starts_with%22%7D"
    );
    ASSERT_EQ(found.status, 200);
    ASSERT_EQ(found.body.at("totalCount"), 1);
    EXPECT_EQ(found.body.at("items").at(0).at("id"), id);
}

TEST_F(WrittenCustomers, AreNotListedWhileReadsAreHeld) {
    simulator_.control("POST", "/holds");
    const std::string id = create(new_customer("new.onmicrosoft.com")).body.at("id");
    EXPECT_EQ(get("/v1/customers").body.at("totalCount"), 8);
    EXPECT_EQ(get("/v1/customers/" + id).status, 403);
    simulator_.control("DELETE", "/holds");
    EXPECT_EQ(get("/v1/customers").body.at("totalCount"), 9);
    EXPECT_EQ(get("/v1/customers/" + id).status, 200);
}

TEST_F(WrittenCustomers, ThatGetASkuCountOnlyTheirOwnHolders) {
    const std::string id = create(new_customer("new.onmicrosoft.com")).body.at("id");
    change({{"add_sku", {id, "STANDARDPACK"}}});
    change({{"set_sku", {id, "STANDARDPACK", {{"consumedUnits", 0}}}}});
    EXPECT_TRUE(truth("user_licenses", "?customer=" + id).empty());
    EXPECT_EQ(truth("subscribed_skus", "?customer=" + id).at(0).at("consumed_units"), 0);
}

TEST_F(WrittenCustomers, WhoseDomainIsTakenAreRefused) {
    ASSERT_EQ(send("HEAD", "/v1/domains/new.onmicrosoft.com").status, 404);
    ASSERT_EQ(create(new_customer("new.onmicrosoft.com")).status, 201);
    EXPECT_EQ(send("HEAD", "/v1/domains/NEW.onmicrosoft.com").status, 200);
    EXPECT_EQ(create(new_customer("New.onmicrosoft.com"), another_id).status, 409);
    EXPECT_EQ(count("create_customer"), 1);
}

TEST_F(WrittenCustomers, NeedTheIdsOfTheRequest) {
    const Answered answer = send("POST", "/v1/customers", new_customer("new.onmicrosoft.com"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body.at("description"), HasSubstr("MS-RequestId"));
}

TEST_F(WrittenCustomers, WhoseProfileIsIncompleteAreRefused) {
    for (const char* member : {"email", "culture", "language", "companyName", "defaultAddress"}) {
        json body = new_customer("new.onmicrosoft.com");
        body["billingProfile"].erase(member);
        const Answered answer = create(body, another_id + std::string(member));
        EXPECT_EQ(answer.status, 400) << member;
        EXPECT_EQ(answer.code(), 3000);
        EXPECT_THAT(answer.body.at("description"), HasSubstr(member));
    }
    json body = new_customer("new.onmicrosoft.com");
    body["userCredentials"] = {{"password", "Secret4711*"}};
    EXPECT_EQ(create(body).status, 400);
}

TEST_F(WrittenCustomers, NeedARegistrationNumberInSomeCountries) {
    turn("request_ids", "ignore");
    json body = new_customer("new.onmicrosoft.com");
    json& profile = body["companyProfile"];
    json& address = body["billingProfile"]["defaultAddress"];
    profile["organizationRegistrationNumber"] = "123";
    EXPECT_EQ(create(body).code(), 600002);
    address["country"] = "PL";
    address["phoneNumber"] = "+48 1";
    profile["organizationRegistrationNumber"] = "12 34 ?";
    EXPECT_EQ(create(body).code(), 600050);
    profile.erase("organizationRegistrationNumber");
    EXPECT_EQ(create(body).code(), 600049);
    profile["organizationRegistrationNumber"] = "123";
    address.erase("phoneNumber");
    EXPECT_EQ(create(body).code(), 600051);
    address["phoneNumber"] = "+48 1";
    EXPECT_EQ(create(body).status, 201);
}

TEST_F(WrittenCustomers, StayWhileTheyHaveActiveSubscriptions) {
    const json none = {{"relationshipToPartner", "none"}};
    const Answered refused = send("PATCH", at(), none);
    ASSERT_EQ(refused.status, 400);
    EXPECT_THAT(refused.body.at("description"), HasSubstr("active subscriptions"));
    EXPECT_FALSE(refused.body.at("data").empty());

    end_subscriptions();
    EXPECT_EQ(send_as_app("PATCH", at(), none).status, 403);
    EXPECT_EQ(send("PATCH", at(), {{"relationshipToPartner", "advisor"}}).status, 400);
    const Answered removed = send("PATCH", at(), none);
    ASSERT_EQ(removed.status, 200) << removed.body;
    EXPECT_EQ(removed.body.at("relationshipToPartner"), "none");
    EXPECT_TRUE(truth_of("customers", "customer_id", customer_).is_null());
    EXPECT_EQ(get(at()).status, 403);
    EXPECT_EQ(send("PATCH", at(), none).status, 403);
    EXPECT_EQ(count("remove_reseller_relationship"), 1);
}

TEST_F(WrittenCustomers, AreInvitedByALink) {
    const Answered answer = get("/v1/customers/relationshiprequests");
    ASSERT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body.at("url"), HasSubstr(simulator_.fact("tenant_id")));
    EXPECT_EQ(send_as_app("GET", "/v1/customers/relationshiprequests", nullptr).status, 403);
}

TEST_F(WrittenCustomers, BillingProfilesAreReplacedByWhoKnowsTheirEtag) {
    json body = profile();
    EXPECT_EQ(get(at()).body.at("billingProfile").at("email"), body.at("email"));
    body["email"] = "changed@example.com";
    body["links"] = nullptr;
    const Answered answer = put_profile(body, matching(body));
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body.at("email"), "changed@example.com");
    EXPECT_EQ(answer.body.at("id"), body.at("id"));
    EXPECT_NE(answer.body.at("attributes").at("etag"), body.at("attributes").at("etag"));
    EXPECT_EQ(profile(), answer.body);
    EXPECT_EQ(get(at()).body.at("billingProfile").at("email"), "changed@example.com");
    EXPECT_EQ(count("update_billing_profile"), 1);
}

TEST_F(WrittenCustomers, BillingProfilesAreKeptFromWhoKnowsAnOldEtagOrNone) {
    const json body = profile();
    EXPECT_EQ(put_profile(body, {}).status, 400);
    ASSERT_EQ(put_profile(body, matching(body)).status, 200);
    const Answered stale = put_profile(body, matching(body));
    EXPECT_EQ(stale.status, 400);
    EXPECT_EQ(stale.code(), 2055);
    turn("stale_etag", 412);
    EXPECT_EQ(put_profile(body, matching(body)).status, 412);
    turn("stale_etag", 417);
    EXPECT_EQ(put_profile(body, matching(body)).code(), 800036);
    // The one in the body counts, too.
    EXPECT_EQ(put_profile(body, matching(profile())).status, 417);
    EXPECT_EQ(count("update_billing_profile"), 1);
}

TEST_F(WrittenCustomers, BillingProfilesAreReplacedAsAWhole) {
    json body = profile();
    body.erase("email");
    EXPECT_EQ(put_profile(body, matching(body)).status, 400);
    body["email"] = "a@example.com";
    body["firstName"] = "Ada";
    ASSERT_EQ(put_profile(body, matching(body)).body.at("firstName"), "Ada");
    json next = profile();
    next.erase("firstName");
    EXPECT_FALSE(put_profile(next, matching(next)).body.contains("firstName"));
}

} // namespace
} // namespace pcmirror::testing
