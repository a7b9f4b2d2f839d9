#include "tests/simulated/written_subscriptions.hpp"

namespace pcmirror::testing {
namespace {

class WrittenOrders : public WrittenSubscriptions {
  protected:
    [[nodiscard]] std::string order_of(const std::string& subscription) const {
        return row(subscription).at("order_id");
    }

    [[nodiscard]] std::string order_path(const std::string& order) const {
        return at("/orders/" + order);
    }
};

TEST_F(WrittenOrders, ListWhatWasBought) {
    const std::string id = legacy({{"billingCycle", "monthly"}});
    const json order = get(order_path(order_of(id))).body;
    EXPECT_EQ(order.at("referenceCustomerId"), customer_);
    EXPECT_EQ(order.at("billingCycle"), "monthly");
    EXPECT_EQ(order.at("lineItems").at(0).at("subscriptionId"), id);
    EXPECT_EQ(order.at("lineItems").at(0).at("quantity"), 20);
    const json all = get(at("/orders")).body;
    EXPECT_EQ(all.at("totalCount"), truth("orders", "?customer=" + customer_).size());
    const json monthly = get(at("/orders?billingType=Monthly")).body;
    EXPECT_GT(all.at("totalCount"), monthly.at("totalCount"));
    EXPECT_GT(monthly.at("totalCount"), 0);
    EXPECT_EQ(get(order_path("unknown")).code(), 20000);
}

TEST_F(WrittenOrders, ChangeTheBillingCycleOfTheirSubscriptions) {
    const std::string id = legacy({{"billingCycle", "monthly"}});
    const std::string path = order_path(order_of(id));
    json body = get(path).body;
    body["billingCycle"] = "Annual";
    const Answered answer = send("PATCH", path, body);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body.at("billingCycle"), "annual");
    EXPECT_NE(answer.body.at("attributes").at("etag"), body.at("attributes").at("etag"));
    EXPECT_EQ(row(id).at("billing_cycle"), "annual");
    EXPECT_EQ(send("PATCH", path, body).code(), 2055);
    EXPECT_EQ(count("update_order_billing_cycle"), 1);
}

TEST_F(WrittenOrders, KeepTheirCycleWhereItCannotBeChanged) {
    const std::string id = legacy({{"billingCycle", "monthly"}});
    const std::string path = order_path(order_of(id));
    json body = get(path).body;
    body["billingCycle"] = "triennial";
    EXPECT_EQ(send("PATCH", path, body).code(), 6001);
    body["billingCycle"] = "annual";
    json other = body;
    other["lineItems"][0]["quantity"] = 21;
    EXPECT_EQ(send("PATCH", path, other).code(), 800085);
    other = body;
    other["lineItems"] = json::array();
    EXPECT_EQ(send("PATCH", path, other).code(), 800085);
    other = body;
    other["referenceCustomerId"] = order_of(id);
    EXPECT_EQ(send("PATCH", path, other).code(), 3000);
    change({{"set", {customer_, id, {{"status", "suspended"}}}}});
    other = get(path).body;
    other["billingCycle"] = "annual";
    EXPECT_EQ(send("PATCH", path, other).code(), 6000);
    const std::string young = order_path(order_of(modern()));
    other = get(young).body;
    other["billingCycle"] = "annual";
    EXPECT_EQ(send("PATCH", young, other).code(), 6001);
    EXPECT_EQ(effects().at("count"), 0);
}

} // namespace
} // namespace pcmirror::testing
