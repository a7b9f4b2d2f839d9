#include "schema/resources/customers.hpp"
#include "schema/resources/subscribed_skus.hpp"
#include "schema/resources/subscriptions.hpp"
#include "schema/resources/user_licenses.hpp"
#include "schema/resources/users.hpp"
#include "sync/records/page.hpp"
#include "tests/unit/records_rows.hpp"

#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

TEST(ShippedResources, DecodeACustomerOfTheListing) {
    const Decoded decoded = decode(
        resources::customers,
        R"({"id":"C1E7A2F0-31DB-4B9A-8B3C-0E1F7A5B9C11","companyProfile":{)"
        R"("tenantId":"c1e7a2f0-31db-4b9a-8b3c-0E1F7A5B9C11","domain":"tailspin.onmicrosoft.com",)"
        R"("companyName":"Tailspin Toys ","links":{"self":{"uri":"/customers/x/profiles/company"}},)"
        R"("attributes":{"objectType":"CustomerCompanyProfile"}},"relationshipToPartner":"Reseller",)"
        R"("links":{"self":{"uri":"/customers/x","method":"GET","headers":[]}},)"
        R"("tags":["gold"],"attributes":{"objectType":"Customer"}})"
    );
    ASSERT_FALSE(decoded.rejection);
    const Row& row = decoded.rows.front();
    EXPECT_EQ(row["customer_id"], "c1e7a2f0-31db-4b9a-8b3c-0e1f7a5b9c11");
    EXPECT_EQ(row["tenant_id"], "c1e7a2f0-31db-4b9a-8b3c-0e1f7a5b9c11");
    EXPECT_EQ(row["domain"], "tailspin.onmicrosoft.com");
    EXPECT_EQ(row["company_name"], "Tailspin Toys ");
    EXPECT_EQ(row["relationship_to_partner"], "reseller");
    EXPECT_EQ(row["extra"], R"({"tags":["gold"]})");
}

TEST(ShippedResources, DecodeALegacySubscription) {
    const Decoded decoded = decode(
        resources::subscriptions,
        R"({"id":"7C0D3A55-2B4E-4F0C-9C58-1A2B3C4D5E6F","offerId":"0A1B2C3D-0000-4E5F-8A9B-ABCDEFABCDEF",)"
        R"("offerName":"Intune","friendlyName":"seats","quantity":5,"unitType":"Licenses",)"
        R"("creationDate":"2017-04-10T23:02:26.0212345Z","effectiveStartDate":"2017-04-10T00:00:00",)"
        R"("commitmentEndDate":"9999-12-10T00:00:00Z","status":"Active","autoRenewEnabled":true,)"
        R"("isTrial":false,"billingType":"license","billingCycle":"OneTime","termDuration":"P1Y",)"
        R"("renewalTermDuration":"","partnerId":"","contractType":"productKey","actions":["edit","cancel"],)"
        R"("orderId":"9qg-ErcO-4MPbPqq_3MIQaS7bn8W6HfG1","links":{"offer":{"uri":"/offers/x"}},)"
        R"("attributes":{"etag":"eyJpZCI6IjgzIn0=","objectType":"Subscription"}})"
    );
    ASSERT_FALSE(decoded.rejection);
    const Row& row = decoded.rows.front();
    EXPECT_EQ(row["customer_id"], some_customer);
    EXPECT_EQ(row["subscription_id"], "7c0d3a55-2b4e-4f0c-9c58-1a2b3c4d5e6f");
    EXPECT_EQ(row["quantity"], "5");
    EXPECT_EQ(row["creation_date"], "2017-04-10 23:02:26.021234+00");
    EXPECT_EQ(row["effective_start_date"], "2017-04-10 00:00:00+00");
    EXPECT_EQ(row["commitment_end_date"], "9999-12-10 00:00:00+00");
    EXPECT_EQ(row["status"], "active");
    EXPECT_EQ(row["billing_cycle"], "one_time");
    EXPECT_EQ(row["contract_type"], "product_key");
    EXPECT_EQ(row["renewal_term_duration"], std::nullopt);
    EXPECT_EQ(row["partner_id"], std::nullopt);
    EXPECT_EQ(row["actions"], R"({"cancel","edit"})");
    EXPECT_EQ(row["order_id"], "9qg-ErcO-4MPbPqq_3MIQaS7bn8W6HfG1");
    EXPECT_EQ(row["etag"], "eyJpZCI6IjgzIn0=");
    EXPECT_EQ(row["extra"], std::nullopt);
}

TEST(ShippedResources, DecodeANewCommerceSubscription) {
    const Decoded decoded = decode(
        resources::subscriptions,
        R"({"id":"7c0d3a55-2b4e-4f0c-9c58-1a2b3c4d5e6f","quantity":1,"status":"active",)"
        R"("productType":{"id":"5","displayName":"OnlineServicesNCE","subType":{"attributes":{"objectType":"S"}}},)"
        R"("refundOptions":[{"type":"Partial","expiresAt":"2024-01-02T00:00:00Z"},{"type":"Full"}],)"
        R"("suspensionReasons":null,"attributes":{"etag":"","objectType":"Subscription"}})"
    );
    ASSERT_FALSE(decoded.rejection);
    const Row& row = decoded.rows.front();
    EXPECT_EQ(row["product_type"], R"({"displayName":"OnlineServicesNCE","id":"5"})");
    EXPECT_EQ(
        row["refund_options"],
        R"([{"expiresAt":"2024-01-02T00:00:00Z","type":"Partial"},{"type":"Full"}])"
    );
    EXPECT_EQ(row["suspension_reasons"], std::nullopt);
    EXPECT_EQ(row["etag"], std::nullopt);
    EXPECT_EQ(row["extra"], std::nullopt);
}

TEST(ShippedResources, DecodeAnActiveUser) {
    const Decoded decoded = decode(
        resources::users,
        R"({"usageLocation":"FR","id":"2B7E1516-28AE-4D2A-ABF7-158809CF4F3C",)"
        R"("userPrincipalName":"Ada.Byron@tailspin.onmicrosoft.com","firstName":"Ada","lastName":"Byron",)"
        R"("displayName":"Ada Byron ","userDomainType":"None","state":"Active",)"
        R"("immutableId":"","lastDirectorySyncTime":"2021-05-06T19:59:56.6832021+00:00",)"
        R"("links":{"self":{"uri":"/customers/x/users/y","method":"GET","headers":[]}},)"
        R"("attributes":{"objectType":"CustomerUser"}})"
    );
    ASSERT_FALSE(decoded.rejection);
    const Row& row = decoded.rows.front();
    EXPECT_EQ(row["customer_id"], some_customer);
    EXPECT_EQ(row["user_id"], "2b7e1516-28ae-4d2a-abf7-158809cf4f3c");
    EXPECT_EQ(row["user_principal_name"], "Ada.Byron@tailspin.onmicrosoft.com");
    EXPECT_EQ(row["display_name"], "Ada Byron ");
    EXPECT_EQ(row["first_name"], "Ada");
    EXPECT_EQ(row["last_name"], "Byron");
    EXPECT_EQ(row["usage_location"], "FR");
    EXPECT_EQ(row["user_domain_type"], "none");
    EXPECT_EQ(row["state"], "active");
    EXPECT_EQ(row["soft_deletion_time"], std::nullopt);
    EXPECT_EQ(row["last_directory_sync_time"], "2021-05-06 19:59:56.683202+00");
    EXPECT_EQ(row["immutable_id"], std::nullopt);
    EXPECT_EQ(row["extra"], std::nullopt);
}

TEST(ShippedResources, NeverKeepAPassword) {
    const Decoded decoded = decode(
        resources::users,
        R"({"id":"2b7e1516-28ae-4d2a-abf7-158809cf4f3c","state":"inactive",)"
        R"("softDeletionTime":"2024-02-29T23:59:59.9999999Z","PasswordProfile":{"password":"hush-hush",)"
        R"("forceChangePassword":true},"userCredentials":{"userName":"a","password":"hush-hush"},)"
        R"("department":"Sales"})"
    );
    ASSERT_FALSE(decoded.rejection);
    const Row& row = decoded.rows.front();
    EXPECT_EQ(row["state"], "inactive");
    EXPECT_EQ(row["soft_deletion_time"], "2024-02-29 23:59:59.999999+00");
    EXPECT_EQ(row["extra"], R"({"department":"Sales"})");
}

TEST(ShippedResources, DecodeASubscribedSku) {
    const Decoded decoded = decode(
        resources::subscribed_skus,
        R"({"availableUnits":-1,"activeUnits":10,"consumedUnits":13,"suspendedUnits":3,)"
        R"("totalUnits":12,"warningUnits":2,"productSku":{"id":"0F1E2D3C-4B5A-4697-8877-66554433221F",)"
        R"("name":"Office","skuPartNumber":"OFFICE_PACK","targetType":"User","licenseGroupId":"Group1"},)"
        R"("servicePlans":[{"displayName":"Z","id":"2"},{"displayName":"A","id":"1"}],)"
        R"("capabilityStatus":"Enabled","attributes":{"objectType":"SubscribedSku"}})"
    );
    ASSERT_FALSE(decoded.rejection);
    const Row& row = decoded.rows.front();
    EXPECT_EQ(row["sku_id"], "0f1e2d3c-4b5a-4697-8877-66554433221f");
    EXPECT_EQ(row["sku_name"], "Office");
    EXPECT_EQ(row["sku_part_number"], "OFFICE_PACK");
    EXPECT_EQ(row["license_group_id"], "group1");
    EXPECT_EQ(row["target_type"], "User");
    EXPECT_EQ(row["available_units"], "-1");
    EXPECT_EQ(row["consumed_units"], "13");
    EXPECT_EQ(row["capability_status"], "Enabled");
    EXPECT_EQ(
        row["service_plans"], R"([{"displayName":"A","id":"1"},{"displayName":"Z","id":"2"}])"
    );
    EXPECT_EQ(row["extra"], std::nullopt);
}

TEST(ShippedResources, TakeThePartNumberOfASkuThatHasNoId) {
    for (const char* id : {"", R"("id":null,)", R"("id":"",)"}) {
        const Decoded decoded = decode(
            resources::subscribed_skus,
            std::string(R"({"productSku":{)") + id +
                R"("name":"Minecraft","skuPartNumber":"CFQ7TTC0K5DR/0002","licenseGroupId":"group2"}})"
        );
        ASSERT_FALSE(decoded.rejection) << id;
        EXPECT_EQ(decoded.rows.front()["sku_id"], "CFQ7TTC0K5DR/0002");
        EXPECT_EQ(decoded.rows.front()["sku_part_number"], "CFQ7TTC0K5DR/0002");
        EXPECT_EQ(decoded.rows.front()["extra"], std::nullopt) << id;
    }
}

TEST(ShippedResources, DecodeALicenseOfAUser) {
    Surroundings around = surroundings();
    around.outer = {{"user_id", "2b7e1516-28ae-4d2a-abf7-158809cf4f3c"}};
    Decoder decoder(resources::user_licenses);
    ASSERT_FALSE(decoder.decode(
        R"({"productSku":{"id":"0F1E2D3C-4B5A-4697-8877-66554433221F","name":"Office",)"
        R"("skuPartNumber":"OFFICE_PACK","licenseGroupId":"group1"},"servicePlans":[],)"
        R"("attributes":{"objectType":"License"}})",
        around
    ));
    const Fields fields = fields_of(decoder.rows().front().bytes);
    EXPECT_EQ(fields[0], some_customer);
    EXPECT_EQ(fields[1], "2b7e1516-28ae-4d2a-abf7-158809cf4f3c");
    EXPECT_EQ(fields[2], "0f1e2d3c-4b5a-4697-8877-66554433221f");
    EXPECT_EQ(fields[5], "group1");
    EXPECT_EQ(fields[6], "[]");
    EXPECT_EQ(fields[7], std::nullopt);
}

TEST(ShippedResources, LoseOneBadRecordOfAPageOnly) {
    const std::string body =
        "\xEF\xBB\xBF{\"items\":[{\"id\":\"a\",\"quantity\":1},{\"id\":\"b\",\"offerName\":"
        "\"\\udc00\"},{\"id\":\"c\",\"quantity\":\"1\"},{\"quantity\":1},"
        "{\"id\":\"d\"}]}";
    Decoder decoder(resources::subscriptions);
    std::string outcome;
    for (const std::string_view record : scan_page(body, Envelope::collection).records) {
        const auto rejection = decoder.decode(record, surroundings());
        outcome += !rejection               ? "stored "
                   : rejection->key.empty() ? "unreadable "
                                            : rejection->key.back() + " kept ";
    }
    EXPECT_EQ(outcome, "stored b kept c kept unreadable stored ");
}

} // namespace
} // namespace pcmirror::testing
