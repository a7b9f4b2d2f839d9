#include "tests/simulated/written_world.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

class WrittenUsers : public WrittenWorld {
  protected:
    [[nodiscard]] json new_user(const std::string& name) const {
        return {
            {"userPrincipalName", name + "@" + domain_},
            {"displayName", "New User"},
            {"usageLocation", "FR"},
            {"passwordProfile", {{"password", "Secret4711*"}, {"forceChangePassword", true}}},
            {"attributes", {{"objectType", "CustomerUser"}}},
        };
    }

    [[nodiscard]] std::string active() const {
        return some("users", {{"state", "active"}}).at("user_id");
    }

    [[nodiscard]] std::string inactive() const {
        return some("users", {{"state", "inactive"}}).at("user_id");
    }

    [[nodiscard]] json user(const std::string& id) const {
        return truth_of("users", "user_id", id);
    }
};

TEST_F(WrittenUsers, AreCreatedWithWhatWasSentAndShowInListings) {
    const Answered answer = send("POST", at("/users"), new_user("one"));
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body.at("passwordProfile").at("password"), "Secret4711*");
    EXPECT_EQ(answer.body.at("state"), "active");
    const std::string id = answer.body.at("id");
    const json row = user(id);
    EXPECT_EQ(row.at("user_principal_name"), "one@" + domain_);
    EXPECT_EQ(row.at("usage_location"), "FR");
    EXPECT_EQ(get(user_path(id)).body.at("displayName"), "New User");
    EXPECT_FALSE(get(user_path(id)).body.contains("passwordProfile"));
    EXPECT_EQ(get(user_path(id, "/licenses")).body.at("totalCount"), 0);
    EXPECT_EQ(count("create_user"), 1);
}

TEST_F(WrittenUsers, AreCreatedWithTheStatusThatIsAskedForAndPerhapsWithoutTheirPassword) {
    turn("create_user_status", 201);
    turn("echo_passwords", "off");
    const Answered answer = send("POST", at("/users"), new_user("one"));
    EXPECT_EQ(answer.status, 201);
    EXPECT_FALSE(answer.body.contains("passwordProfile"));
}

TEST_F(WrittenUsers, MembersMayBeWrittenAsTheDotNetClientDoes) {
    const Answered answer = send(
        "POST",
        at("/users"),
        {{"UserPrincipalName", "two@" + domain_},
         {"DisplayName", "Two"},
         {"UsageLocation", "US"},
         {"FirstName", nullptr},
         {"PasswordProfile", {{"Password", "Secret4711*"}, {"ForceChangePassword", false}}}}
    );
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body.at("displayName"), "Two");
}

TEST_F(WrittenUsers, NamesThatAreTakenOrOfAnotherDomainAreRefused) {
    json body = new_user("one");
    ASSERT_EQ(send("POST", at("/users"), body).status, 200);
    body["userPrincipalName"] = "ONE@" + domain_;
    const Answered taken = send("POST", at("/users"), body);
    EXPECT_EQ(taken.status, 400);
    EXPECT_THAT(taken.body.at("description"), HasSubstr("userPrincipalName"));
    body["userPrincipalName"] = "one@elsewhere.example.com";
    EXPECT_EQ(send("POST", at("/users"), body).status, 400);
    EXPECT_EQ(count("create_user"), 1);
}

TEST_F(WrittenUsers, WhatIsMissingOrMalformedIsRefusedByItsName) {
    for (const char* member : {"userPrincipalName", "displayName", "usageLocation"}) {
        json body = new_user("one");
        body.erase(member);
        const Answered answer = send("POST", at("/users"), body);
        EXPECT_EQ(answer.status, 400);
        EXPECT_EQ(answer.code(), 3000);
        EXPECT_THAT(answer.body.at("description"), HasSubstr(member));
        EXPECT_TRUE(answer.body.contains("data"));
    }
    json body = new_user("one");
    body["passwordProfile"]["password"] = "simple";
    EXPECT_EQ(send("POST", at("/users"), body).status, 400);
    body = new_user("one");
    body["usageLocation"] = "France";
    EXPECT_EQ(send("POST", at("/users"), body).status, 400);
    EXPECT_EQ(effects().at("count"), 0);
}

TEST_F(WrittenUsers, BodiesThatAreNoJsonAreRefusedWithAMessageOnly) {
    const Answered answer = send("POST", at("/users"), "{\"displayName\":");
    EXPECT_EQ(answer.status, 400);
    EXPECT_TRUE(answer.body.contains("message"));
    EXPECT_FALSE(answer.body.contains("code"));
}

TEST_F(WrittenUsers, AreOnlyWrittenByUsers) {
    const Answered answer = send_as_app("POST", at("/users"), new_user("one"));
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.code(), 900329);
    EXPECT_EQ(send_as_app("DELETE", user_path(active()), nullptr).status, 403);
}

TEST_F(WrittenUsers, AChangeLeavesAloneWhatItDoesNotName) {
    const std::string id = active();
    const json before = user(id);
    const Answered answer =
        send("PATCH", user_path(id), {{"usageLocation", "GB"}, {"displayName", nullptr}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    json after = user(id);
    EXPECT_EQ(after.at("usage_location"), "GB");
    after["usage_location"] = before.at("usage_location");
    EXPECT_EQ(after, before);
    EXPECT_EQ(effects("?operation=update_user").at("changed"), 1);
}

TEST_F(WrittenUsers, AChangeThatChangesNothingIsTold) {
    const std::string id = active();
    ASSERT_EQ(send("PATCH", user_path(id), {{"usageLocation", "GB"}}).status, 200);
    ASSERT_EQ(send("PATCH", user_path(id), {{"usageLocation", "GB"}}).status, 200);
    const json told = effects("?operation=update_user&target=" + id);
    EXPECT_EQ(told.at("count"), 2);
    EXPECT_EQ(told.at("changed"), 1);
}

TEST_F(WrittenUsers, AreDeletedSoftlyAndRestored) {
    const std::string id = send("POST", at("/users"), new_user("one")).body.at("id");
    EXPECT_EQ(send("DELETE", user_path(id)).status, 204);
    EXPECT_EQ(user(id).at("state"), "inactive");
    EXPECT_FALSE(user(id).at("soft_deletion_time").is_null());
    const Answered again = send("DELETE", user_path(id));
    EXPECT_EQ(again.status, 404);
    EXPECT_EQ(again.code(), 60002);
    EXPECT_EQ(send("PATCH", user_path(id), {{"displayName", "Late"}}).status, 404);

    const Answered restored = send(
        "PATCH",
        user_path(id),
        {{"State", "active"}, {"Attributes", {{"ObjectType", "CustomerUser"}}}}
    );
    ASSERT_EQ(restored.status, 200) << restored.body;
    EXPECT_EQ(restored.body.at("state"), "active");
    EXPECT_EQ(user(id).at("state"), "active");
    EXPECT_EQ(count("delete_user"), 1);
    EXPECT_EQ(count("restore_user"), 1);
    EXPECT_EQ(count("update_user"), 0);
}

TEST_F(WrittenUsers, AreNotRestoredWhileAnotherHasTheirName) {
    const std::string id = send("POST", at("/users"), new_user("one")).body.at("id");
    ASSERT_EQ(send("DELETE", user_path(id)).status, 204);
    ASSERT_EQ(send("POST", at("/users"), new_user("one")).status, 200);
    EXPECT_EQ(send("PATCH", user_path(id), {{"state", "active"}}).status, 400);
    EXPECT_EQ(user(id).at("state"), "inactive");
}

TEST_F(WrittenUsers, UnknownOnesAreNotFound) {
    const std::string id = "11111111-2222-3333-4444-555555555555";
    EXPECT_EQ(send("DELETE", user_path(id)).code(), 60002);
    EXPECT_EQ(send("PATCH", user_path(id), {{"displayName", "Nobody"}}).status, 404);
    const Answered stranger = send("POST", "/v1/customers/" + id + "/users", new_user("one"));
    EXPECT_EQ(stranger.status, 403);
    EXPECT_EQ(stranger.code(), 20002);
}

TEST_F(WrittenUsers, APasswordThatIsSetAgainChangesNothing) {
    const std::string path = user_path(active(), "/resetpassword");
    const auto set = [&](const std::string& password) {
        return send("PATCH", path, {{"passwordProfile", {{"password", password}}}}).status;
    };
    EXPECT_EQ(set("Renewed456*"), 200);
    EXPECT_EQ(set("Renewed456*"), 200);
    EXPECT_EQ(set("Another789*"), 200);
    const json told = effects().at("by_operation").at("reset_user_password");
    EXPECT_EQ(told.at("count"), 3);
    EXPECT_EQ(told.at("changed"), 2);
}

TEST_F(WrittenUsers, PasswordsAreSetByEitherPathOrTheOneThatIsAsked) {
    const json body = {
        {"passwordProfile", {{"password", "Renewed456*"}, {"forceChangePassword", true}}}};
    const std::string id = active();
    const std::string own = user_path(id, "/resetpassword");
    const Answered answer = send("PATCH", own, body);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body.at("passwordProfile").at("password"), "Renewed456*");
    EXPECT_EQ(send("PATCH", user_path(id), body).status, 200);
    EXPECT_EQ(count("reset_user_password"), 2);

    turn("password_path", "patch");
    EXPECT_EQ(send("PATCH", own, body).status, 404);
    EXPECT_EQ(send("PATCH", user_path(id), body).status, 200);
    turn("password_path", "resetpassword");
    EXPECT_EQ(send("PATCH", own, body).status, 200);
    EXPECT_EQ(send("PATCH", user_path(id), body).status, 400);
    EXPECT_EQ(send("PATCH", user_path(inactive(), "/resetpassword"), body).status, 404);
}

} // namespace
} // namespace pcmirror::testing
