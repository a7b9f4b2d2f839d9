#include "tests/simulated/written_world.hpp"

// Budgets, qualifications, agreements, domains and self-serve policies.
namespace pcmirror::testing {
namespace {

class WrittenPapers : public WrittenWorld {
  protected:
    [[nodiscard]] std::string template_of(const std::string& type) const {
        const json all = get("/v1/agreements?agreementType=*").body;
        for (const json& each : all.at("items"))
            if (each.at("agreementType") == type)
                return each.at("templateId");
        return "";
    }

    [[nodiscard]] json agreement(const std::string& first_name) const {
        return {
            {"primaryContact",
             {{"firstName", first_name}, {"lastName", "Carr"}, {"email", "carr@example.com"}}},
            {"templateId", template_of("MicrosoftCustomerAgreement")},
            {"dateAgreed", "2024-06-14T00:00:00.000Z"},
            {"type", "MicrosoftCustomerAgreement"}};
    }

    [[nodiscard]] static json domain(const std::string& name) {
        return {
            {"VerifiedDomainName", name},
            {"Domain",
             {{"AuthenticationType", "Managed"},
              {"Capability", "Email"},
              {"IsDefault", nullptr},
              {"Name", name},
              {"Status", "Verified"},
              {"VerificationMethod", "DnsRecord"}}}};
    }

    [[nodiscard]] json policy(const std::string& customer) const {
        return {
            {"selfServeEntity", {{"selfServeEntityType", "customer"}, {"tenantID", customer}}},
            {"grantor",
             {{"grantorType", "billToPartner"}, {"tenantID", simulator_.fact("tenant_id")}}},
            {"permissions", {{{"resource", "AzureReservedInstances"}, {"action", "Purchase"}}}}};
    }

    [[nodiscard]] std::string policy_path() const {
        return "/v1/SelfServePolicy/" + simulator_.fact("tenant_id") + "_" + customer_;
    }

    // The world may have made one.
    void have_policy(bool wanted) const {
        const bool has = policies().at("totalCount") != 0;
        if (wanted && !has)
            send("POST", "/v1/SelfServePolicy", policy(customer_));
        if (!wanted && has)
            send("DELETE", policy_path());
        ASSERT_EQ(policies().at("totalCount"), wanted ? 1 : 0);
    }

    [[nodiscard]] json policies() const {
        return get("/v1/SelfServePolicy?entity_id=" + customer_).body;
    }
};

TEST_F(WrittenPapers, BudgetsAreSetAndTakenAway) {
    const std::string path = at("/usagebudget");
    const Answered set = send_as_app("PATCH", path, {{"Amount", 100.5}});
    ASSERT_EQ(set.status, 200) << set.body;
    EXPECT_EQ(set.body.at("amount"), 100.5);
    EXPECT_EQ(get(path).body.at("amount"), 100.5);
    EXPECT_EQ(truth("spending_budgets", "?customer=" + customer_).at(0).at("amount"), 100.5);
    ASSERT_EQ(send("PATCH", path, {{"amount", nullptr}}).status, 200);
    EXPECT_FALSE(get(path).body.contains("amount"));
    EXPECT_EQ(count("update_spending_budget"), 2);
    EXPECT_EQ(send("PATCH", path, json::object()).code(), 3000);
    EXPECT_EQ(send("PATCH", path, {{"amount", -1}}).code(), 3000);
    EXPECT_EQ(send("PATCH", path, {{"amount", "100"}}).code(), 3000);
}

TEST_F(WrittenPapers, QualificationsAreReviewedFirst) {
    const std::string path = at("/qualifications");
    const json body = {{"qualification", "Education"}, {"educationSegment", "K12"}};
    EXPECT_EQ(send_as_app("POST", path, body).status, 403);
    const Answered answer = send("POST", path, body);
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.body.at("vettingStatus"), "InReview");
    change({{"vet_qualification", {customer_, "Education", "Approved"}}});
    const json listed = get(path).body;
    ASSERT_TRUE(listed.is_array());
    EXPECT_EQ(listed.back().at("qualification"), "Education");
    EXPECT_EQ(listed.back().at("vettingStatus"), "Approved");
    EXPECT_EQ(send("POST", path, {{"qualification", "StateOwnedEntity"}}).status, 201);
    EXPECT_EQ(
        truth("qualifications", "?customer=" + customer_).back().at("qualification"),
        "StateOwnedEntity"
    );
    EXPECT_EQ(count("update_qualification"), 2);
}

TEST_F(WrittenPapers, QualificationsNeedTheirProofs) {
    const std::string path = at("/qualifications");
    EXPECT_EQ(send("POST", path, {{"qualification", "Nonprofit"}}).code(), 3000);
    EXPECT_EQ(send("POST", path, {{"qualification", "Education"}}).code(), 3000);
    const json government = {{"qualification", "GovernmentCommunityCloud"}};
    EXPECT_EQ(send("POST", path, government).code(), 3000);
    EXPECT_EQ(send("POST", path + "?code=12345", government).status, 201);
}

TEST_F(WrittenPapers, AgreementsAreConfirmedOnceByAContact) {
    const std::string path = at("/agreements");
    const Answered answer = send("POST", path, agreement("Tania"));
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_TRUE(answer.body.contains("userId"));
    EXPECT_FALSE(answer.body.contains("attributes"));
    const Answered again = send("POST", path, agreement("Tania"));
    EXPECT_EQ(again.status, 400);
    EXPECT_EQ(again.code(), 600061);
    EXPECT_EQ(again.body.at("isRetryable"), false);
    json reachable = agreement("Tania");
    reachable["primaryContact"]["attributes"] = nullptr;
    EXPECT_EQ(send("POST", path, reachable).status, 400);
    EXPECT_EQ(send("POST", path, agreement("Tanja")).status, 201);
    const json listed = get(path + "?agreementType=MicrosoftCustomerAgreement").body.at("items");
    EXPECT_EQ(listed.back().at("primaryContact").at("firstName"), "Tanja");
    EXPECT_FALSE(listed.back().contains("userId"));
    const json of_default = get(path).body.at("items");
    for (const json& each : of_default)
        EXPECT_EQ(each.at("type"), "MicrosoftCloudAgreement");
    EXPECT_EQ(count("confirm_customer_agreement"), 2);
    EXPECT_EQ(get("/v1/agreements").body.at("totalCount"), 1);
    EXPECT_EQ(send_as_app("GET", path, nullptr).status, 403);
}

TEST_F(WrittenPapers, AgreementsNeedAContactAndAKnownTemplate) {
    const std::string path = at("/agreements");
    for (const char* member : {"firstName", "lastName", "email"}) {
        json body = agreement("Tania");
        body["primaryContact"].erase(member);
        EXPECT_EQ(send("POST", path, body).code(), 3000);
    }
    json body = agreement("Tania");
    body["templateId"] = customer_;
    EXPECT_EQ(send("POST", path, body).code(), 3000);
    body = agreement("Tania");
    body["type"] = "MicrosoftCloudAgreement";
    EXPECT_EQ(send("POST", path, body).code(), 3000);
    body = agreement("Tania");
    body["dateAgreed"] = "yesterday";
    EXPECT_EQ(send("POST", path, body).code(), 3000);
}

TEST_F(WrittenPapers, DomainsAreAddedOnce) {
    const std::string path = at("/verifieddomain");
    const Answered answer = send("POST", path, domain("Example.org"));
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.body.at("verificationMethod"), "dns_record");
    EXPECT_EQ(answer.body.at("isDefault"), false);
    EXPECT_EQ(send("POST", path, domain("example.org")).status, 409);
    EXPECT_EQ(send("HEAD", "/v1/domains/example.org").status, 200);
    EXPECT_THAT(get(at()).body.at("customDomains"), ::testing::Contains("Example.org"));
    const json user = {
        {"userPrincipalName", "one@example.org"},
        {"displayName", "One"},
        {"usageLocation", "FR"},
        {"passwordProfile", {{"password", "Secret4711*"}}}};
    EXPECT_EQ(send("POST", at("/users"), user).status, 200);
    EXPECT_EQ(count("add_verified_domain"), 1);
}

TEST_F(WrittenPapers, FederatedDomainsNeedTheirSettingsAndTheirUsersAnId) {
    const std::string path = at("/verifieddomain");
    json body = domain("federated.example.org");
    body["Domain"]["AuthenticationType"] = "Federated";
    EXPECT_EQ(send("POST", path, body).code(), 3000);
    body["DomainFederationSettings"] = {
        {"IssuerUri", "federated.example.org"},
        {"LogOffUri", "https://sts.example.org/"},
        {"PassiveLogOnUri", "https://sts.example.org/"},
        {"SigningCertificate", "MIIC"},
        {"PreferredAuthenticationProtocol", "WsFed"},
        {"PromptLoginBehavior", "NativeSupport"}};
    ASSERT_EQ(send("POST", path, body).status, 201);
    json user = {
        {"userPrincipalName", "one@federated.example.org"},
        {"displayName", "One"},
        {"usageLocation", "FR"},
        {"passwordProfile", {{"password", "Secret4711*"}}}};
    EXPECT_EQ(send("POST", at("/users"), user).code(), 3000);
    user["immutableId"] = "one";
    EXPECT_EQ(send("POST", at("/users"), user).body.at("immutableId"), "one");
    body["Domain"]["Capability"] = "Flying";
    EXPECT_EQ(send("POST", path, body).code(), 3000);
}

TEST_F(WrittenPapers, PoliciesAreOnePerCustomer) {
    have_policy(false);
    EXPECT_EQ(get(policy_path()).code(), 600039);
    const Answered created = send("POST", "/v1/SelfServePolicy", policy(customer_));
    ASSERT_EQ(created.status, 201) << created.body;
    const std::string etag = created.body.at("attributes").at("etag");
    EXPECT_TRUE(etag.starts_with('"') && etag.ends_with('"'));
    EXPECT_EQ(get(policy_path()).body, created.body);
    EXPECT_EQ(policies().at("items").at(0), created.body);
    const Answered again = send("POST", "/v1/SelfServePolicy", policy(customer_));
    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(again.code(), 600041);
    const json effect = effects("?operation=create_self_serve_policy").at("effects").at(0);
    EXPECT_EQ(effect.at("customer"), customer_);
    EXPECT_EQ(effect.at("target"), created.body.at("id"));
}

TEST_F(WrittenPapers, PoliciesAreReplacedByWhoKnowsTheirEtag) {
    have_policy(true);
    json body = get(policy_path()).body;
    const json first = body;
    body["permissions"].push_back({{"resource", "AzureSavingsPlan"}, {"action", "Purchase"}});
    const Answered answer = send("PUT", policy_path(), body);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body.at("permissions").size(), 2U);
    EXPECT_NE(answer.body.at("attributes").at("etag"), first.at("attributes").at("etag"));
    EXPECT_EQ(send("PUT", policy_path(), first).code(), 2055);
    // As it is documented, without the id in the path.
    EXPECT_EQ(send("PUT", "/v1/SelfServePolicy", answer.body).status, 200);
    body.erase("attributes");
    EXPECT_EQ(send("PUT", policy_path(), body).code(), 3000);
    EXPECT_EQ(count("update_self_serve_policy"), 2);
}

TEST_F(WrittenPapers, PoliciesThatAreGoneAreNotFound) {
    have_policy(true);
    const json body = get(policy_path()).body;
    EXPECT_EQ(send("DELETE", policy_path()).status, 204);
    EXPECT_EQ(send("DELETE", policy_path()).code(), 600039);
    EXPECT_EQ(send("PUT", policy_path(), body).code(), 600039);
    EXPECT_EQ(send("PUT", "/v1/SelfServePolicy/other", body).code(), 600040);
    EXPECT_TRUE(truth("self_serve_policies", "?customer=" + customer_).empty());
    EXPECT_EQ(policies().at("totalCount"), 0);
}

TEST_F(WrittenPapers, PoliciesNeedTheRightParties) {
    json body = policy(customer_);
    body["grantor"]["tenantID"] = customer_;
    EXPECT_EQ(send("POST", "/v1/SelfServePolicy", body).code(), 3000);
    EXPECT_EQ(
        send("POST", "/v1/SelfServePolicy", policy(simulator_.fact("tenant_id"))).code(), 20002
    );
    body = policy(customer_);
    body["permissions"][0]["resource"] = "Everything";
    EXPECT_EQ(send("POST", "/v1/SelfServePolicy", body).code(), 3000);
    body["permissions"] = json::array();
    EXPECT_EQ(send("POST", "/v1/SelfServePolicy", body).code(), 3000);
    EXPECT_EQ(send_as_app("POST", "/v1/SelfServePolicy", policy(customer_)).status, 403);
}

} // namespace
} // namespace pcmirror::testing
