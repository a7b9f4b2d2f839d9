#include "schema/resources/customers.hpp"
#include "schema/resources/subscriptions.hpp"
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
