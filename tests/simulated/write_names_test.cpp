#include "tests/simulated/write_jobs.hpp"

namespace pcmirror::testing {
namespace {

/// Jobs that name a user by something that somebody else may have.
class WriteNames : public WriteJobs {
  protected:
    /// The name of the customer's first user becomes the second one's.
    void hand_on_name() {
        change({{"set_user", {customer_, first_, {{"userPrincipalName", "former-" + name_}}}}});
        hand_on_name_of_deleted();
    }

    void hand_on_name_of_deleted() {
        change({{"set_user", {customer_, second_, {{"userPrincipalName", name_}}}}});
    }

    void named_world() {
        writable_world();
        turn({{"request_ids", "ignore"}});
        customer_ = customer_with_users();
        const std::vector<std::string> all = users(customer_);
        ASSERT_GE(all.size(), 2U);
        first_ = all[0];
        second_ = all[1];
        name_ = name_of(first_);
    }

    [[nodiscard]] long long
    effects_on(const std::string& user, const std::string& operation) const {
        return simulator()
            .control("GET", "/effects?operation=" + operation + "&target=" + user)
            .at("count");
    }

    std::string customer_;
    std::string first_;
    std::string second_;
    std::string name_;
};

TEST_F(WriteNames, AreThoseOfWhoHasThemNowWhateverTheMirrorSays) {
    named_world();
    hand_on_name();
    const long long job = enqueue(
        "update_user", {{"user_principal_name", name_}, {"display_name", "Renamed"}}, customer_
    );
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(
        rows("partner_center.users", "display_name = 'Renamed' and user_id = '" + second_ + "'"), 1
    );
    EXPECT_EQ(effects_on(first_, "update_user"), 0);
}

TEST_F(WriteNames, AreNotThoseOfADeletedUserWhoseNameSomebodyHas) {
    named_world();
    change({{"delete_user", {customer_, first_}}});
    hand_on_name_of_deleted();
    const long long job = enqueue(
        "update_user", {{"user_principal_name", name_}, {"display_name", "Renamed"}}, customer_
    );
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(effects_on(second_, "update_user"), 1);
}

TEST_F(WriteNames, MeanWhomTheLostRequestMeant) {
    named_world();
    fault({{"fault", "reset_after"}, {"operation", "delete_user"}, {"times", 1}});
    const long long job = enqueue("delete_user", {{"user_principal_name", name_}}, customer_);
    engine().work_jobs();
    ASSERT_EQ(effects("delete_user"), 1);
    hand_on_name_of_deleted();
    engine().pass("users");
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(effects_on(second_, "delete_user"), 0);
    EXPECT_EQ(effects("delete_user"), 1);
}

TEST_F(WriteNames, MeanOneUserHoweverOftenARequestIsLost) {
    named_world();
    fault({{"fault", "reset_after"}, {"operation", "reset_user_password"}, {"times", 2}});
    const long long job = enqueue(
        "reset_user_password",
        {{"user_principal_name", name_}, {"password", "Geheim4711*"}},
        customer_
    );
    engine().work_jobs();
    hand_on_name();
    finish(job);
    EXPECT_EQ(field(job, "state"), "succeeded") << field(job, "last_error").value_or("");
    EXPECT_EQ(effects_on(second_, "reset_user_password"), 0);
    EXPECT_GE(effects_on(first_, "reset_user_password"), 1);
}

TEST_F(WriteNames, AreAskedForAnewOnceNoDoubtIsLeft) {
    named_world();
    fault({{"fault", "status"}, {"operation", "update_user"}, {"status", 429}, {"times", 1}});
    const long long job = enqueue(
        "update_user", {{"user_principal_name", name_}, {"display_name", "Renamed"}}, customer_
    );
    engine().work_jobs();
    hand_on_name();
    database_.execute("delete from pcmirror.throttled_customers");
    finish(job);
    expect_succeeded(job);
    EXPECT_EQ(effects_on(second_, "update_user"), 1);
}

} // namespace
} // namespace pcmirror::testing
