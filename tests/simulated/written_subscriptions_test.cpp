#include "tests/simulated/written_subscriptions.hpp"

namespace pcmirror::testing {
namespace {

TEST_F(WrittenSubscriptions, ChangeWhatTheBodySaysAndGetANewEtag) {
    const std::string id = legacy();
    const json before = read(id);
    const Answered answer = patch(id, {{"friendlyName", "Renamed"}, {"quantity", 25}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body.at("friendlyName"), "Renamed");
    EXPECT_NE(answer.body.at("attributes").at("etag"), before.at("attributes").at("etag"));
    EXPECT_EQ(row(id).at("quantity"), 25);
    EXPECT_EQ(row(id).at("etag"), answer.body.at("attributes").at("etag"));
    EXPECT_EQ(count("update_subscription"), 1);
}

TEST_F(WrittenSubscriptions, MayBeWrittenByTheApplicationAlone) {
    const std::string id = legacy();
    json body = read(id);
    body["friendlyName"] = "By the application";
    EXPECT_EQ(send_as_app("PATCH", path(id), body).status, 200);
}

TEST_F(WrittenSubscriptions, LoseWhatTheBodyLeavesOut) {
    const std::string id = modern(
        {{"autoRenewEnabled", true},
         {"scheduledNextTermInstructions", {{"quantity", 7}}},
         {"unheardOf", 1}}
    );
    json body = read(id);
    body["friendlyName"] = "Renamed";
    ASSERT_EQ(send("PATCH", path(id), body).status, 200);
    EXPECT_EQ(row(id).at("scheduled_next_term_instructions"), json({{"quantity", 7}}));
    EXPECT_EQ(row(id).at("extra").at("unheardOf"), 1);

    for (const char* member : {"autoRenewEnabled", "scheduledNextTermInstructions", "unheardOf"})
        body.erase(member);
    ASSERT_EQ(send("PATCH", path(id), body).status, 200);
    EXPECT_EQ(row(id).at("auto_renew_enabled"), false);
    EXPECT_TRUE(row(id).at("scheduled_next_term_instructions").is_null());
    EXPECT_FALSE(row(id).value("extra", json::object()).contains("unheardOf"));
}

TEST_F(WrittenSubscriptions, KeepItWhereNothingIsReset) {
    turn("patch_resets", "off");
    const std::string id = modern({{"autoRenewEnabled", true}, {"unheardOf", 1}});
    ASSERT_EQ(send("PATCH", path(id), {{"friendlyName", "Renamed"}}).status, 200);
    EXPECT_EQ(row(id).at("auto_renew_enabled"), true);
    EXPECT_EQ(row(id).at("extra").at("unheardOf"), 1);
}

TEST_F(WrittenSubscriptions, QuantitiesHaveLimits) {
    const std::string id = legacy();
    EXPECT_EQ(patch(id, {{"quantity", 0}}).code(), 2002);
    EXPECT_EQ(patch(id, {{"quantity", 10'000'000}}).code(), 2002);
    EXPECT_EQ(patch(id, {{"quantity", 10.5}}).code(), 3000);
    EXPECT_EQ(patch(id, {{"quantity", 10}}).status, 200);
    change({{"set", {customer_, id, {{"status", "suspended"}}}}});
    EXPECT_EQ(patch(id, {{"quantity", 11}}).code(), 2001);
    EXPECT_EQ(row(id).at("quantity"), 10);
    EXPECT_EQ(count("update_subscription"), 1);
}

TEST_F(WrittenSubscriptions, OfATermLoseSeatsOnlyWhileTheyCanBeCancelled) {
    const std::string id = modern({{"cancellationAllowedUntilDate", "2020-01-01T00:00:00Z"}});
    EXPECT_EQ(patch(id, {{"quantity", 19}}).code(), 800090);
    EXPECT_EQ(patch(id, {{"quantity", 21}}).status, 200);
    EXPECT_EQ(patch(id, {{"status", "deleted"}}).code(), 900117);
    change({{"set", {customer_, id, {{"cancellationAllowedUntilDate", "2999-01-01T00:00:00Z"}}}}});
    EXPECT_EQ(patch(id, {{"quantity", 19}}).status, 200);
    EXPECT_EQ(patch(id, {{"status", "deleted"}}).status, 200);
    EXPECT_EQ(row(id).at("status"), "deleted");
    EXPECT_EQ(patch(id, {{"friendlyName", "Late"}}).code(), 2011);
}

TEST_F(WrittenSubscriptions, OfOldAreSuspendedAndReactivatedButNotCancelled) {
    const std::string id = legacy();
    EXPECT_EQ(patch(id, {{"status", "Suspended"}}).status, 200);
    EXPECT_EQ(row(id).at("status"), "suspended");
    EXPECT_EQ(patch(id, {{"status", "active"}}).status, 200);
    EXPECT_EQ(patch(id, {{"status", "deleted"}}).code(), 800096);
    EXPECT_EQ(patch(id, {{"status", "pending"}}).code(), 800040);
    EXPECT_EQ(patch(modern(), {{"status", "suspended"}}).code(), 800096);
}

TEST_F(WrittenSubscriptions, BillingCyclesOfOldBelongToTheOrder) {
    const std::string old = legacy({{"billingCycle", "monthly"}});
    EXPECT_EQ(patch(old, {{"billingCycle", "annual"}}).code(), 2054);
    const std::string young = modern({{"billingCycle", "monthly"}});
    EXPECT_EQ(patch(young, {{"billingCycle", "none"}}).code(), 800097);
    EXPECT_EQ(patch(young, {{"billingCycle", "Annual"}}).status, 200);
    EXPECT_EQ(row(young).at("billing_cycle"), "annual");
}

TEST_F(WrittenSubscriptions, ScheduledChangesNeedARenewalAndEndWithAnyImmediateOne) {
    const json plan = {{"product", {{"productId", "CFQ7TTC0LH16"}}}, {"quantity", 7}};
    const std::string id =
        modern({{"autoRenewEnabled", false}, {"scheduledNextTermInstructions", nullptr}});
    EXPECT_EQ(patch(id, {{"scheduledNextTermInstructions", plan}}).code(), 800093);
    EXPECT_EQ(
        patch(id, {{"autoRenewEnabled", true}, {"scheduledNextTermInstructions", plan}}).status, 200
    );
    EXPECT_EQ(patch(id, {{"friendlyName", "Renamed"}}).status, 200);
    EXPECT_EQ(row(id).at("scheduled_next_term_instructions"), plan);
    EXPECT_EQ(patch(id, {{"quantity", 30}}).status, 200);
    EXPECT_TRUE(row(id).at("scheduled_next_term_instructions").is_null());
    EXPECT_EQ(patch(legacy(), {{"scheduledNextTermInstructions", plan}}).code(), 800042);
}

TEST_F(WrittenSubscriptions, PartnersOfRecordAreNumbers) {
    const std::string id = legacy();
    EXPECT_EQ(patch(id, {{"partnerId", "nobody"}}).code(), 2071);
    EXPECT_EQ(patch(id, {{"partnerId", "1234567"}}).status, 200);
    EXPECT_EQ(row(id).at("partner_id"), "1234567");
}

TEST_F(WrittenSubscriptions, AStaleEtagIsRefusedWhereverItIsSent) {
    const std::string id = legacy();
    const json old = read(id);
    ASSERT_EQ(
        patch(id, {{"friendlyName", "Renamed"}}, {{"If-Match", quoted_etag(old)}}).status, 200
    );
    EXPECT_EQ(send("PATCH", path(id), old).code(), 2055);
    EXPECT_EQ(
        patch(id, {{"friendlyName", "Again"}}, {{"If-Match", quoted_etag(old)}}).code(), 2055
    );
    turn("subscription_etag", "header");
    turn("stale_etag", 412);
    EXPECT_EQ(patch(id, {{"friendlyName", "Again"}}, {{"If-Match", quoted_etag(old)}}).status, 412);
    EXPECT_EQ(send("PATCH", path(id), old).status, 200);
    turn("subscription_etag", "body");
    EXPECT_EQ(send("PATCH", path(id), old).status, 412);
    turn("subscription_etag", "none");
    EXPECT_EQ(send("PATCH", path(id), old, {{"If-Match", quoted_etag(old)}}).status, 200);
}

TEST_F(WrittenSubscriptions, AcceptedChangesShowWhenTheyAreReleased) {
    turn("accepted", "all");
    turn("accepted_lag", 0);
    const std::string id = legacy();
    const Answered answer = patch(id, {{"friendlyName", "Later"}});
    EXPECT_EQ(answer.status, 202);
    EXPECT_TRUE(answer.body.is_discarded());
    EXPECT_EQ(answer.headers.at("location"), "/customers/" + customer_ + "/subscriptions/" + id);
    EXPECT_NE(read(id).at("friendlyName"), "Later");
    EXPECT_EQ(row(id).at("friendly_name"), "Later");
    EXPECT_EQ(simulator_.control("GET", "/holds").at(0).at("subscription"), id);

    const Answered busy = patch(id, {{"friendlyName", "Too early"}});
    EXPECT_EQ(busy.status, 409);
    EXPECT_EQ(busy.code(), 800082);

    simulator_.control("DELETE", "/holds");
    EXPECT_EQ(read(id).at("friendlyName"), "Later");
    EXPECT_EQ(patch(id, {{"friendlyName", "In time"}}).status, 202);
    EXPECT_EQ(count("update_subscription"), 2);
}

TEST_F(WrittenSubscriptions, AcceptedChangesShowByThemselvesAfterAWhile) {
    turn("accepted", "all");
    turn("accepted_lag", 1);
    turn("spelling_seed", 5); // answers that are given again must follow, too
    const std::string id = legacy();
    ASSERT_EQ(patch(id, {{"friendlyName", "Soon"}}).status, 202);
    while (read(id).at("friendlyName") != "Soon")
        ASSERT_FALSE(HasFailure());
}

TEST_F(WrittenSubscriptions, OtherRefusalsComeAsTheyAreAskedFor) {
    fault(
        {{"fault", "status"},
         {"operation", "update_subscription"},
         {"status", 409},
         {"code", 900278},
         {"times", 1}}
    );
    const std::string id = legacy();
    EXPECT_EQ(patch(id, {{"friendlyName", "Renamed"}}).code(), 900278);
    EXPECT_EQ(patch(id, {{"friendlyName", "Renamed"}}).status, 200);
    const std::string unknown = "11111111-2222-3333-4444-555555555555";
    EXPECT_EQ(send("PATCH", path(unknown), {{"friendlyName", "x"}}).code(), 20003);
}

TEST_F(WrittenSubscriptions, AreAlwaysTheSameOnesThatTakeLong) {
    turn("accepted", "some");
    turn("accepted_lag", 0);
    const auto slow_ones = [&](const std::string& name) {
        std::vector<std::string> slow;
        for (const json& each : truth("subscriptions", "?customer=" + customer_))
            if (patch(each.at("subscription_id"), {{"friendlyName", name}}).status == 202)
                slow.push_back(each.at("subscription_id"));
        simulator_.control("DELETE", "/holds");
        return slow;
    };
    const auto slow = slow_ones("Once");
    EXPECT_FALSE(slow.empty());
    EXPECT_LT(slow.size(), truth("subscriptions", "?customer=" + customer_).size() / 2);
    EXPECT_EQ(slow_ones("Twice"), slow);
}

} // namespace
} // namespace pcmirror::testing
