#include "tests/simulated/written_world.hpp"

#include <algorithm>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

class WrittenLicenses : public WrittenWorld {
  protected:
    // A user who holds nothing, and a SKU with seats.
    WrittenLicenses() {
        change({{"add_users", {customer_, 1}}});
        user_ = truth("users", "?customer=" + customer_).back().at("user_id");
        change({{"set_user", {customer_, user_, {{"usageLocation", "FR"}}}}});
        have("STANDARDPACK", 1);
    }

    // So many seats of it are free.
    void have(const std::string& part_number, int free) const {
        const auto rows = truth("subscribed_skus", "?customer=" + customer_);
        const bool has = std::any_of(rows.begin(), rows.end(), [&](const json& row) {
            return row.at("sku_part_number") == part_number;
        });
        if (!has)
            change({{"add_sku", {customer_, part_number}}});
        const int consumed = sku(part_number).at("consumed_units");
        change(
            {{"set_sku",
              {customer_, part_number, {{"activeUnits", consumed + free}, {"warningUnits", 0}}}}}
        );
    }

    [[nodiscard]] json sku(const std::string& part_number) const {
        for (const json& row : truth("subscribed_skus", "?customer=" + customer_))
            if (row.at("sku_part_number") == part_number)
                return row;
        return nullptr;
    }

    [[nodiscard]] std::string id_of(const std::string& part_number) const {
        return sku(part_number).at("sku_id");
    }

    Answered assign(const json& skus, const json& removed = nullptr) const {
        json assigned = json::array();
        for (const json& each : skus)
            assigned.push_back({{"SkuId", each}, {"ExcludedPlans", nullptr}});
        return update(
            {{"LicensesToAssign", assigned},
             {"LicensesToRemove", removed},
             {"LicenseWarnings", nullptr}}
        );
    }

    Answered update(const json& body) const {
        return send("POST", user_path(user_, "/licenseupdates"), body);
    }

    [[nodiscard]] json licenses() const {
        return get(user_path(user_, "/licenses?licenseGroupIds=Group1&licenseGroupIds=Group2"))
            .body.at("items");
    }

    std::string user_;
};

TEST_F(WrittenLicenses, AreAssignedAndRemovedAndCounted) {
    const std::string sku_id = id_of("STANDARDPACK");
    const json consumed = sku("STANDARDPACK").at("consumed_units");
    const Answered answer = assign({sku_id});
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.body.at("licensesToAssign"), json::array({{{"skuId", sku_id}}}));
    EXPECT_FALSE(answer.body.contains("licensesToRemove"));
    EXPECT_EQ(answer.body.at("licenseWarnings"), json::array());
    EXPECT_EQ(answer.body.at("attributes").at("objectType"), "LicenseUpdate");
    ASSERT_EQ(licenses().size(), 1U);
    EXPECT_EQ(licenses().at(0).at("productSku").at("id"), sku_id);
    EXPECT_EQ(sku("STANDARDPACK").at("consumed_units"), consumed.get<int>() + 1);

    const Answered removed = assign(json::array(), {sku_id});
    ASSERT_EQ(removed.status, 201) << removed.body;
    EXPECT_TRUE(licenses().empty());
    EXPECT_EQ(sku("STANDARDPACK").at("consumed_units"), consumed);
    EXPECT_EQ(effects("?operation=assign_licenses&target=" + user_).at("changed"), 2);
}

TEST_F(WrittenLicenses, RepeatingAnAssignmentNeedsNoFurtherSeat) {
    const std::string sku_id = id_of("STANDARDPACK");
    ASSERT_EQ(assign({sku_id}).status, 201);
    EXPECT_EQ(assign({sku_id}).status, 201);
    EXPECT_EQ(effects().at("count"), 2);
    EXPECT_EQ(effects().at("changed"), 1);
}

TEST_F(WrittenLicenses, ThatAreUsedUpAreRefusedWithTheReason) {
    have("STANDARDPACK", 0);
    const Answered answer = assign({id_of("STANDARDPACK")});
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), 60012);
    EXPECT_THAT(answer.body.at("description"), HasSubstr("We&#39;re sorry"));
    EXPECT_THAT(answer.body.at("data").at(0), HasSubstr("LicenseQuotaExceededException"));
    EXPECT_THAT(answer.body.at("data").at(0), HasSubstr(id_of("STANDARDPACK")));
    EXPECT_TRUE(licenses().empty());
    EXPECT_EQ(effects().at("count"), 0);
}

TEST_F(WrittenLicenses, ADeletedUserLeavesASeatToOthers) {
    const std::string sku_id = id_of("STANDARDPACK");
    ASSERT_EQ(assign({sku_id}).status, 201);
    ASSERT_EQ(sku("STANDARDPACK").at("available_units"), 0);
    ASSERT_EQ(send("DELETE", user_path(user_)).status, 204);
    EXPECT_EQ(sku("STANDARDPACK").at("available_units"), 1);
    EXPECT_EQ(assign({sku_id}).code(), 60002);
}

TEST_F(WrittenLicenses, NeedAUsageLocation) {
    change({{"set_user", {customer_, user_, {{"usageLocation", nullptr}}}}});
    const Answered answer = assign({id_of("STANDARDPACK")});
    EXPECT_EQ(answer.code(), 3000);
    EXPECT_THAT(answer.body.at("description"), HasSubstr("usageLocation"));
}

TEST_F(WrittenLicenses, OfUnknownSkusOrOfTenantsAreRefused) {
    EXPECT_EQ(assign({user_}).code(), 3000);
    have("SHAREPOINTSTORAGE", 5);
    EXPECT_EQ(assign({id_of("SHAREPOINTSTORAGE")}).code(), 3000);
    EXPECT_EQ(assign(json::array()).code(), 3000);
}

TEST_F(WrittenLicenses, AreOfOneGroupInOneRequest) {
    have("CFQ7TTC0K5DR/0001", 5);
    const std::string minecraft = id_of("CFQ7TTC0K5DR/0001");
    EXPECT_EQ(assign({id_of("STANDARDPACK"), minecraft}).code(), 3000);
    EXPECT_EQ(assign({minecraft}).status, 201);
    EXPECT_EQ(assign(json::array(), {id_of("STANDARDPACK"), minecraft}).code(), 3000);
    EXPECT_EQ(licenses().at(0).at("productSku").at("licenseGroupId"), "group2");
}

TEST_F(WrittenLicenses, ComeWithoutThePlansThatAreExcluded) {
    const std::string sku_id = id_of("STANDARDPACK");
    ASSERT_EQ(assign({sku_id}).status, 201);
    const std::string plan = licenses().at(0).at("servicePlans").at(0).at("id");
    const json body = {{"licensesToAssign", {{{"skuId", sku_id}, {"excludedPlans", {plan}}}}}};
    ASSERT_EQ(update(body).status, 201);
    EXPECT_EQ(licenses().at(0).at("servicePlans").at(0).at("capabilityStatus"), "Disabled");
    EXPECT_EQ(
        truth_of("user_licenses", "user_id", user_).at("service_plans").size(),
        licenses().at(0).at("servicePlans").size()
    );
    EXPECT_EQ(effects().at("changed"), 2);
    const json unknown = {{"licensesToAssign", {{{"skuId", sku_id}, {"excludedPlans", {user_}}}}}};
    EXPECT_EQ(update(unknown).code(), 3000);
}

TEST_F(WrittenLicenses, MayComeWithWarnings) {
    turn("license_warnings", "on");
    EXPECT_EQ(assign({id_of("STANDARDPACK")}).body.at("licenseWarnings").size(), 1U);
}

class WrittenRoles : public WrittenLicenses {
  protected:
    [[nodiscard]] json roles() const { return get(at("/directoryroles")).body.at("items"); }

    [[nodiscard]] std::string role(std::size_t number) const { return roles().at(number).at("id"); }

    [[nodiscard]] std::string members_path(const std::string& role) const {
        return at("/directoryroles/" + role + "/usermembers");
    }

    Answered add(const std::string& role, const std::string& user) const {
        return send(
            "POST",
            members_path(role),
            {{"Id", user},
             {"DisplayName", "Whoever"},
             {"UserPrincipalName", "whoever@example.com"},
             {"Attributes", {{"ObjectType", "UserMember"}}}}
        );
    }

    [[nodiscard]] std::size_t count_of(const std::string& role, const std::string& user) const {
        const json members = get(members_path(role)).body.at("items");
        return static_cast<std::size_t>(std::count_if(
            members.begin(), members.end(), [&](const json& each) { return each.at("id") == user; }
        ));
    }
};

TEST_F(WrittenRoles, AreGivenAndTakenAway) {
    const std::string id = role(2);
    const Answered answer = add(id, user_);
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.body.at("roleId"), id);
    EXPECT_EQ(answer.body.at("id"), user_);
    EXPECT_EQ(count_of(id, user_), 1U);
    EXPECT_EQ(get(user_path(user_, "/directoryroles")).body.at("items").at(0).at("id"), id);
    EXPECT_EQ(truth_of("role_members", "user_id", user_).at("role_id"), id);

    EXPECT_EQ(add(id, user_).status, 201); // again
    EXPECT_EQ(effects("?operation=add_user_role").at("count"), 2);
    EXPECT_EQ(effects("?operation=add_user_role").at("changed"), 1);

    EXPECT_EQ(send("DELETE", members_path(id) + "/" + user_).status, 204);
    EXPECT_EQ(count_of(id, user_), 0U);
    EXPECT_EQ(send("DELETE", members_path(id) + "/" + user_).status, 404);
    EXPECT_EQ(effects("?target=" + id + "/" + user_).at("count"), 3);
}

TEST_F(WrittenRoles, OfUnknownRolesAndUsersAreNotFound) {
    EXPECT_EQ(add(role(1), customer_).code(), 60002);
    EXPECT_EQ(add(customer_, user_).code(), 1000);
    EXPECT_EQ(send("POST", members_path(role(1)), {{"id", user_}}).code(), 3000);
    EXPECT_EQ(send_as_app("GET", at("/directoryroles"), nullptr).status, 403);
}

TEST_F(WrittenRoles, OfDeletedUsersAreHiddenUntilTheyComeBack) {
    const std::string id = role(2);
    ASSERT_EQ(add(id, user_).status, 201);
    ASSERT_EQ(send("DELETE", user_path(user_)).status, 204);
    EXPECT_EQ(count_of(id, user_), 0U);
    EXPECT_EQ(add(id, user_).status, 404);
    ASSERT_EQ(send("PATCH", user_path(user_), {{"state", "active"}}).status, 200);
    EXPECT_EQ(count_of(id, user_), 1U);
}

TEST_F(WrittenRoles, HaveIdsOfTheCustomersOwn) {
    std::string other;
    for (const json& row : truth("customers"))
        if (row.at("customer_id") != customer_)
            other = row.at("customer_id");
    const json theirs = get("/v1/customers/" + other + "/directoryroles").body.at("items").at(0);
    EXPECT_EQ(theirs.at("name"), roles().at(0).at("name"));
    EXPECT_NE(theirs.at("id"), roles().at(0).at("id"));
}

TEST_F(WrittenRoles, MembersComeInPages) {
    turn("page_size", 1);
    const std::string id = role(2);
    ASSERT_EQ(add(id, user_).status, 201);
    std::string other = some("users", {{"state", "active"}}).at("user_id");
    ASSERT_EQ(add(id, other).status, 201);
    const Answered page = get(members_path(id));
    EXPECT_EQ(page.body.at("items").size(), 1U);
    EXPECT_TRUE(page.body.at("links").contains("next"));
}

} // namespace
} // namespace pcmirror::testing
