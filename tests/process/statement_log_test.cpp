#include "tests/process/commands_installation.hpp"
#include "tests/support/sample_jobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* password = "Geheim4711*";
const std::string all = "-1";
const std::string none = "0";

/// A server that logs every statement, and so much of the values that are bound to it.
class StatementLog : public ::testing::TestWithParam<std::string> {
  protected:
    StatementLog() {
        installation.configure(
            {{"write_back", {{"operations", {"create_user", "create_customer"}}}}}
        );
        expect_exit(0, {"sync", "customers"});
        customer = installation.database
                       .rows("select customer_id::text, domain "
                             "from partner_center.customers where domain is not null "
                             "order by 1 limit 1")
                       .at(0);
    }

    Outcome expect_exit(
        int exit_code, const std::vector<std::string>& arguments, const std::string& input = ""
    ) const {
        Outcome outcome = installation.call(arguments, {.input = input});
        EXPECT_EQ(outcome.exit_code, exit_code) << outcome.out << outcome.err;
        return outcome;
    }

    [[nodiscard]] std::string sign_in_name(const std::string& name) const {
        return name + "@" + *customer.at(1);
    }

    void add_user(const std::string& name) const {
        const json payload = {
            {"user_principal_name", sign_in_name(name)},
            {"display_name", name},
            {"usage_location", "FR"},
            {"password", password}};
        expect_exit(
            0,
            {"job", "add", "create_user", "--customer", *customer.at(0), "--payload", "-"},
            payload.dump()
        );
    }

    [[nodiscard]] std::string batch_of(const std::string& name) const {
        return "customer,user_principal_name,display_name,usage_location,password\n" +
               *customer.at(1) + "," + sign_in_name(name) + "," + name + ",FR," + password + "\n";
    }

    [[nodiscard]] std::string payload_of_customer() const {
        const JobWorld world(installation.simulator);
        return sample_job("create_customer")->payload(world, "")->dump();
    }

    /// What is logged, apart from the values.
    [[nodiscard]] std::string statements() const {
        std::istringstream log(cluster.log());
        std::string statements;
        for (std::string line; std::getline(log, line);)
            if (line.find("arameters: ") == std::string::npos)
                statements += line + '\n';
        return statements;
    }

    PrivateCluster cluster{
        {"log_statement=all",
         "log_parameter_max_length=" + GetParam(),
         "log_parameter_max_length_on_error=" + GetParam()}};
    Installation installation{{.cluster_url = cluster.url()}};
    std::vector<std::optional<std::string>> customer;
};

TEST_P(StatementLog, HasNoSecretInTheTextOfAStatement) {
    add_user("ada");
    expect_exit(0, {"job", "add", "create_user", "--batch", "-"}, batch_of("bob"));
    expect_exit(0, {"job", "add", "create_user", "--batch", "-", "--dry-run"}, batch_of("eve"));
    const std::string id =
        expect_exit(0, {"job", "add", "create_customer", "--payload", "-"}, payload_of_customer())
            .out;
    installation.fault(
        {{"fault", "status"},
         {"operation", "create_user"},
         {"status", 400},
         {"body", R"({"code":3000,"description":"weak: Geheim4711*"})"},
         {"times", 1}}
    );
    expect_exit(1, {"job", "work", "--until-empty"});
    const std::string from_answer =
        expect_exit(0, {"job", "secret", id.substr(0, id.find('\n'))}).out;

    const std::string logged = statements();

    EXPECT_THAT(logged, HasSubstr("pcmirror.enqueue_job("));
    EXPECT_THAT(logged, HasSubstr("pcmirror.job_secrets"));
    EXPECT_EQ(logged.find(password), std::string::npos);
    EXPECT_EQ(cluster.log().find(password) == std::string::npos, GetParam() == none)
        << "values are logged where that is asked for, and nowhere else";
    ASSERT_GT(from_answer.size(), 5U);
    EXPECT_EQ(logged.find(from_answer.substr(0, from_answer.find('\n'))), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Logged,
    StatementLog,
    ::testing::Values(all, none),
    [](const auto& chosen) { return chosen.param == none ? "WithoutValues" : "WithValues"; }
);

} // namespace
} // namespace pcmirror::testing
