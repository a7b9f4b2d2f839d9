#include "tests/simulated/written_world.hpp"

#include <stdexcept>

// How often a repeated request acts, and what is seen of it when.
namespace pcmirror::testing {
namespace {

constexpr const char* some_id = "aaaaaaaa-0000-4000-8000-000000000001";
constexpr const char* another_id = "aaaaaaaa-0000-4000-8000-000000000002";
constexpr const char* third_id = "aaaaaaaa-0000-4000-8000-000000000003";

class WrittenOnce : public WrittenWorld {
  protected:
    [[nodiscard]] json new_user(const std::string& name) const {
        return {
            {"userPrincipalName", name + "@" + domain_},
            {"displayName", name},
            {"usageLocation", "FR"},
            {"passwordProfile", {{"password", "Secret4711*"}}}};
    }

    Answered create(const std::string& name, const std::string& id) const {
        return send_with_id("POST", at("/users"), new_user(name), id);
    }

    [[nodiscard]] json log_entry_of(const std::string& id) const {
        json last;
        for (const json& entry : simulator_.control_lines("/log"))
            if (entry.at("request_id") == id)
                last = entry;
        return last;
    }
};

TEST_F(WrittenOnce, ARepeatedRequestGetsTheFirstAnswerAgain) {
    const Answered first = create("one", some_id);
    const Answered second = create("one", some_id);
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(second.body, first.body);
    EXPECT_EQ(second.headers.at("ms-requestid"), some_id);
    EXPECT_EQ(count("create_user"), 1);
    EXPECT_EQ(log_entry_of(some_id).at("replayed"), true);
    EXPECT_EQ(log_entry_of(some_id).at("effects"), 0);
}

TEST_F(WrittenOnce, ARefusalIsAnsweredAgainToo) {
    json body = new_user("one");
    body.erase("displayName");
    EXPECT_EQ(send_with_id("POST", at("/users"), body, some_id).status, 400);
    EXPECT_EQ(create("one", some_id).status, 400);
    EXPECT_EQ(create("one", another_id).status, 200);
}

TEST_F(WrittenOnce, TheSameIdOnAnotherPathIsAnotherRequest) {
    const std::string user = some("users", {{"state", "active"}}).at("user_id");
    EXPECT_EQ(create("one", some_id).status, 200);
    EXPECT_EQ(
        send_with_id("PATCH", user_path(user), {{"displayName", "Changed"}}, some_id).status, 200
    );
    EXPECT_EQ(count("update_user"), 1);
}

TEST_F(WrittenOnce, IgnoredIdsLetARequestActAgain) {
    turn("request_ids", "ignore");
    EXPECT_EQ(create("one", some_id).status, 200);
    EXPECT_EQ(create("one", some_id).status, 400); // the name is taken
    EXPECT_EQ(create("two", some_id).status, 200);
    EXPECT_EQ(count("create_user"), 2);
}

TEST_F(WrittenOnce, IdsCanBeIgnoredForOneCustomerOnly) {
    simulator_.control("POST", "/switches", {{"customer", customer_}, {"request_ids", "ignore"}});
    EXPECT_EQ(create("one", some_id).status, 200);
    EXPECT_EQ(create("two", some_id).status, 200);
    EXPECT_EQ(count("create_user"), 2);
}

TEST_F(WrittenOnce, ForgottenIdsAreAllButTheLatest) {
    turn("request_ids", "forget");
    turn("request_ids_kept", 2);
    EXPECT_EQ(create("one", some_id).status, 200);
    EXPECT_EQ(create("two", another_id).status, 200);
    EXPECT_EQ(create("one", some_id).status, 200);
    EXPECT_EQ(count("create_user"), 2);
    EXPECT_EQ(create("three", third_id).status, 200);
    EXPECT_EQ(create("one", some_id).status, 400); // forgotten, and the name is taken
    EXPECT_EQ(count("create_user"), 3);
}

TEST_F(WrittenOnce, IdsAreForgottenWhenTheControlEndpointSaysSo) {
    EXPECT_EQ(create("one", some_id).status, 200);
    simulator_.control("DELETE", "/request_ids");
    EXPECT_EQ(create("two", some_id).status, 200);
    EXPECT_EQ(count("create_user"), 2);
}

TEST_F(WrittenOnce, AnAnswerThatIsLostIsThereForTheNextAttempt) {
    fault({{"fault", "reset_after"}, {"operation", "create_user"}, {"times", 1}});
    EXPECT_THROW(create("one", some_id), std::runtime_error);
    EXPECT_EQ(count("create_user"), 1);
    EXPECT_EQ(create("one", some_id).status, 200);
    EXPECT_EQ(count("create_user"), 1);
}

TEST_F(WrittenOnce, ARequestThatIsLostHasNoEffect) {
    fault({{"fault", "reset_before"}, {"operation", "create_user"}, {"times", 1}});
    EXPECT_THROW(create("one", some_id), std::runtime_error);
    EXPECT_EQ(count("create_user"), 0);
    EXPECT_EQ(create("one", some_id).status, 200);
    EXPECT_EQ(count("create_user"), 1);
}

TEST_F(WrittenOnce, AnErrorMayComeBeforeOrAfterTheEffect) {
    fault({{"fault", "status"}, {"status", 503}, {"operation", "create_user"}, {"times", 1}});
    EXPECT_EQ(create("one", some_id).status, 503);
    EXPECT_EQ(count("create_user"), 0);
    fault({{"fault", "status_after"}, {"status", 500}, {"operation", "create_user"}, {"times", 1}});
    EXPECT_EQ(create("one", another_id).status, 500);
    EXPECT_EQ(count("create_user"), 1);
    EXPECT_EQ(create("one", another_id).status, 200);
    EXPECT_EQ(count("create_user"), 1);
}

TEST_F(WrittenOnce, AnAnswerMayBeCutAfterTheEffect) {
    fault({{"fault", "cut_body"}, {"operation", "create_user"}, {"times", 1}});
    const Answered cut = create("one", some_id);
    EXPECT_TRUE(cut.body.is_discarded());
    EXPECT_EQ(count("create_user"), 1);
}

TEST_F(WrittenOnce, FaultsCanBeAimedAtAllWritesOfACustomer) {
    fault({{"fault", "status"}, {"status", 429}, {"operation", "writes"}, {"customer", customer_}});
    EXPECT_EQ(get(at("/users")).status, 200);
    EXPECT_EQ(create("one", some_id).status, 429);
    EXPECT_EQ(effects().at("count"), 0);
}

TEST_F(WrittenOnce, FaultsCanBeAimedAtOneOfTheOperationsOfAPath) {
    const std::string user = some("users", {{"state", "active"}}).at("user_id");
    fault({{"fault", "status"}, {"operation", "reset_user_password"}});
    EXPECT_EQ(send("PATCH", user_path(user), {{"displayName", "Changed"}}).status, 200);
    EXPECT_EQ(
        send("PATCH", user_path(user), {{"passwordProfile", {{"password", "Secret4711*"}}}}).status,
        503
    );
    EXPECT_THROW(fault({{"fault", "status"}, {"operation", "create_usr"}}), std::runtime_error);
}

TEST_F(WrittenOnce, EffectsTellWhoDidWhatToWhat) {
    const std::string user = create("one", some_id).body.at("id");
    ASSERT_EQ(send("DELETE", user_path(user)).status, 204);
    const json told = effects();
    EXPECT_EQ(told.at("count"), 2);
    EXPECT_EQ(told.at("by_operation").at("delete_user").at("count"), 1);
    const json first = told.at("effects").at(0);
    EXPECT_EQ(first.at("operation"), "create_user");
    EXPECT_EQ(first.at("customer"), customer_);
    EXPECT_EQ(first.at("target"), user);
    EXPECT_EQ(first.at("request_id"), some_id);
    EXPECT_EQ(first.at("request"), log_entry_of(some_id).at("number"));
    EXPECT_EQ(effects("?customer=" + customer_ + "&target=" + user).at("count"), 2);
    EXPECT_EQ(simulator_.control("DELETE", "/effects").at("count"), 0);
    EXPECT_EQ(effects().at("count"), 0);
}

TEST_F(WrittenOnce, HeldReadsShowNothingNewUntilTheyAreReleased) {
    const json listed = get(at("/users?size=500")).body.at("totalCount");
    simulator_.control("POST", "/holds");
    const std::string user = create("one", some_id).body.at("id");
    EXPECT_EQ(get(at("/users?size=500")).body.at("totalCount"), listed);
    EXPECT_EQ(get(user_path(user)).status, 404);
    EXPECT_FALSE(truth_of("users", "user_id", user).is_null());
    simulator_.control("DELETE", "/holds");
    EXPECT_EQ(get(at("/users?size=500")).body.at("totalCount"), listed.get<int>() + 1);
    EXPECT_EQ(get(user_path(user)).status, 200);
}

TEST_F(WrittenOnce, ListingsCanBeHeldWhileSingleReadsGoOn) {
    const json listed = get(at("/users?size=500")).body.at("totalCount");
    const json held =
        simulator_.control("POST", "/holds", {{"customer", customer_}, {"reads", "listings"}});
    EXPECT_EQ(held.at(0).at("customer"), customer_);
    const std::string user = create("one", some_id).body.at("id");
    EXPECT_EQ(get(user_path(user)).status, 200);
    EXPECT_EQ(get(at("/users?size=500")).body.at("totalCount"), listed);
    simulator_.control("DELETE", "/holds?customer=" + customer_);
    EXPECT_EQ(get(at("/users?size=500")).body.at("totalCount"), listed.get<int>() + 1);
}

TEST_F(WrittenOnce, HoldsOfOneCustomerLeaveTheOthersAlone) {
    simulator_.control("POST", "/holds", {{"customer", customer_}});
    std::string other;
    for (const json& row : truth("customers"))
        if (row.at("customer_id") != customer_)
            other = row.at("customer_id");
    change({{"rename_customer", {other, "Renamed Today"}}});
    change({{"rename_customer", {customer_, "Also Renamed"}}});
    EXPECT_EQ(
        get("/v1/customers/" + other).body.at("companyProfile").at("companyName"), "Renamed Today"
    );
    EXPECT_NE(get(at()).body.at("companyProfile").at("companyName"), "Also Renamed");
}

TEST_F(WrittenOnce, AHeldThingIsShownAsItWasHoweverOftenItChanges) {
    const std::string user = some("users", {{"state", "active"}}).at("user_id");
    change({{"set_user", {customer_, user, {{"displayName", "Before"}}}}});
    simulator_.control("POST", "/holds");
    for (int times = 0; times < 50; ++times)
        change({{"set_user", {customer_, user, {{"displayName", std::to_string(times)}}}}});
    EXPECT_EQ(get(user_path(user)).body.at("displayName"), "Before");
    simulator_.control("DELETE", "/holds");
    EXPECT_EQ(get(user_path(user)).body.at("displayName"), "49");
}

TEST_F(WrittenOnce, AnswersThatAreGivenAgainFollowHoldsAndWrites) {
    turn("spelling_seed", 5);
    const std::string listing = at("/users?size=500");
    const json listed = get(listing).body.at("totalCount");
    simulator_.control("POST", "/holds");
    EXPECT_EQ(create("one", some_id).status, 200);
    EXPECT_EQ(get(listing).body.at("totalCount"), listed);
    EXPECT_EQ(get(listing).body.at("totalCount"), listed);
    simulator_.control("DELETE", "/holds");
    EXPECT_EQ(get(listing).body.at("totalCount"), listed.get<int>() + 1);
    EXPECT_EQ(create("two", another_id).status, 200);
    EXPECT_EQ(get(listing).body.at("totalCount"), listed.get<int>() + 2);
}

TEST_F(WrittenOnce, RandomChangesGoOnAfterWrites) {
    ASSERT_EQ(create("one", some_id).status, 200);
    const json done = simulator_.control("POST", "/change", {{"seed", 3}, {"count", 400}});
    EXPECT_FALSE(done.empty());
    EXPECT_FALSE(truth("users").empty());
}

} // namespace
} // namespace pcmirror::testing
