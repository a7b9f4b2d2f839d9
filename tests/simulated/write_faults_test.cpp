#include "tests/simulated/write_jobs.hpp"

#include <algorithm>
#include <stdexcept>

namespace pcmirror::testing {
namespace {

// One effect, whatever happens to the request: every operation, with every fault, in every way in
// which the API may treat a request id that it has seen.

using nlohmann::json;

struct Trouble {
    std::string name;
    json fault;
};

const std::vector<Trouble>& troubles() {
    static const std::vector<Trouble> all{
        {"ResetBefore", {{"fault", "reset_before"}}},
        {"ResetAfter", {{"fault", "reset_after"}}},
        {"CutBody", {{"fault", "cut_body"}}},
        {"TimeoutAfter", {{"fault", "hang"}}},
        {"Error500After", {{"fault", "status_after"}, {"status", 500}}},
        {"Error503Before", {{"fault", "status"}, {"status", 503}}},
        {"Throttled", {{"fault", "status"}, {"status", 429}, {"retry_after", 0}}},
        {"BusyLater", {{"fault", "status"}, {"status", 409}, {"code", 900278}}},
    };
    return all;
}

using Cell = std::tuple<std::string, std::size_t, std::string>;

class OneEffect : public WriteJobs, public ::testing::WithParamInterface<Cell> {
  protected:
    /// What each operation is given here; nothing: see the reasons.
    [[nodiscard]] std::optional<json> payload(const std::string& operation) {
        const std::string user = a_user(customer_);
        const std::string domain = database_
                                       .value(
                                           "select domain from partner_center.customers where "
                                           "customer_id = '" +
                                           customer_ + "'"
                                       )
                                       .value();
        if (operation == "create_user")
            return json{
                {"user_principal_name", "ada@" + domain},
                {"display_name", "Ada"},
                {"usage_location", "FR"},
                {"password", "Geheim4711*"}};
        if (operation == "update_user")
            return json{{"user_id", user}, {"display_name", "Renamed"}};
        if (operation == "delete_user")
            return json{{"user_id", user}};
        if (operation == "restore_user") {
            change({{"delete_user", {customer_, user}}});
            return json{{"user_id", user}};
        }
        if (operation == "reset_user_password")
            return json{{"user_id", user}, {"password", "Geheim4711*"}};
        if (operation == "update_spending_budget")
            return json{{"amount", 100.5}};
        if (operation == "update_billing_profile")
            return json{{"default_address", {{"city", "Paris"}}}};
        if (operation == "update_qualification")
            return json{{"qualification", "Education"}, {"education_segment", "K12"}};
        if (operation == "create_self_serve_policy") {
            customer_ = without_policy();
            return json{
                {"permissions",
                 {{{"resource", "AzureReservedInstances"}, {"action", "Purchase"}}}}};
        }
        if (operation == "assign_licenses") {
            const auto row = database_.rows(
                "select user_id::text, sku_id from partner_center.user_licenses where customer_id "
                "= '" +
                customer_ + "' order by 1, 2 limit 1"
            );
            return json{{"user_id", *row[0][0]}, {"licenses_to_remove", {*row[0][1]}}};
        }
        if (operation == "update_subscription") {
            const auto row = database_.rows(
                "select customer_id::text, subscription_id from partner_center.subscriptions where "
                "status = 'active' order by 1, 2 limit 1"
            );
            customer_ = *row.at(0)[0];
            return json{{"subscription_id", *row[0][1]}, {"friendly_name", "Renamed"}};
        }
        return std::nullopt;
    }

    /// A customer for whom there is none yet.
    [[nodiscard]] std::string without_policy() const {
        const std::vector<json> policies = simulator().control_lines("/truth/self_serve_policies");
        for (const std::string& customer : customers())
            if (std::ranges::none_of(policies, [&](const json& policy) {
                    return policy.at("customer_id") == customer;
                }))
                return customer;
        throw std::runtime_error("all customers have a policy");
    }

    std::string customer_;
};

TEST_P(OneEffect, IsHadWhateverHappensToTheRequest) {
    const auto& [operation, trouble, mode] = GetParam();
    writable_world({{"partner_center", {{"request_timeout", "1s"}}}});
    turn({{"request_ids", mode}});
    customer_ = customer_with_users();
    const std::optional<json> wanted = payload(operation);
    ASSERT_TRUE(wanted);
    json fault_rule = troubles()[trouble].fault;
    fault_rule.update({{"operation", operation}, {"times", 1}});
    fault(fault_rule);
    if (mode == "forget")
        turn({{"request_ids_kept", 0}});

    const long long job = enqueue(operation, *wanted, customer_);
    finish(job);

    expect_succeeded(job);
    const json effects = simulator().control("GET", "/effects?operation=" + operation);
    long long changed = 0;
    for (const json& effect : effects.at("effects"))
        changed += effect.at("changed").get<bool>() ? 1 : 0;
    EXPECT_EQ(changed, 1) << effects.dump();
    EXPECT_GE(rows("pcmirror.write_job_attempts"), 1);
    EXPECT_EQ(rows("pcmirror.job_secrets"), 0);
    expect_mirror_shows_world();
}

std::string name_of(const ::testing::TestParamInfo<Cell>& cell) {
    const auto& [operation, trouble, mode] = cell.param;
    return operation + "_" + troubles()[trouble].name + "_" + mode;
}

INSTANTIATE_TEST_SUITE_P(
    Matrix,
    OneEffect,
    ::testing::Combine(
        ::testing::Values(
            "create_user",
            "update_user",
            "delete_user",
            "restore_user",
            "assign_licenses",
            "update_subscription",
            "update_billing_profile",
            "update_spending_budget",
            "create_self_serve_policy"
        ),
        ::testing::Range(std::size_t{0}, std::size_t{8}),
        ::testing::Values("replay", "ignore", "forget")
    ),
    name_of
);

} // namespace
} // namespace pcmirror::testing
