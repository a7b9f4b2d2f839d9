#include "tests/process/admin_daemon.hpp"
#include "tests/process/trouble_fixture.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

nlohmann::json never_idle() {
    nlohmann::json settings = every_second;
    settings.merge_patch(any_port);
    settings["partner_center"]["max_attempts"] = 2;
    return settings;
}

/// How often an event was told.
std::size_t told(const std::string& log, const std::string& event) {
    std::size_t times = 0;
    for (std::size_t at = log.find(event); at != std::string::npos; at = log.find(event, at + 1))
        ++times;
    return times;
}

/// What a daemon bears while it goes on, and how it says so.
class DaemonInTrouble : public ::testing::Test {
  protected:
    void stop(AdminDaemon& daemon) const {
        daemon.process().signal(SIGTERM);
        const Outcome outcome = daemon.process().wait();
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        expect_readable(installation, outcome);
    }

    /// Why; it is alive all the same.
    static std::string await_not_ready(AdminDaemon& daemon) {
        const HttpAnswer answer = daemon.await_status("/readyz", 503);
        EXPECT_EQ(daemon.get("/healthz").status, 200);
        return answer.body;
    }

    /// Ready; everything is read anew, and as it is in the world.
    void await_at_work(AdminDaemon& daemon) const {
        daemon.await_status("/readyz", 200);
        constexpr long long scopes = 1 + 5;
        const std::string now = *installation.database.value("select now()::text");
        // Scopes that failed rest for a minute before they are asked for again.
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::minutes(1) + process_deadline;
        while (installation.database.number(
                   "select count(*) from pcmirror.sync_scopes where last_success_at > '" + now + "'"
               ) < scopes)
            ASSERT_LT(std::chrono::steady_clock::now(), until);
        EXPECT_EQ(
            installation.database.number("select count(*) from partner_center.subscriptions"),
            installation.simulator.control("GET", "/world")["subscriptions"]
        );
    }

    Installation installation{
        {.simulator = {"--customers", "5", "--subscriptions", "2"}, .settings = never_idle()}};
};

TEST_F(DaemonInTrouble, RidesOutAnApiThatIsOutOfReach) {
    AdminDaemon daemon(installation);
    await_at_work(daemon);
    installation.fault({{"fault", "reset_before"}});
    EXPECT_THAT(await_not_ready(daemon), AllOf(HasSubstr("api.unavailable"), HasSubstr("api_url")));
    installation.end_faults();
    await_at_work(daemon);
    stop(daemon);
    EXPECT_EQ(told(daemon.process().err(), " api.unavailable "), 1U) << daemon.process().err();
    EXPECT_EQ(told(daemon.process().err(), " daemon.recovered "), 1U) << daemon.process().err();
}

TEST_F(DaemonInTrouble, SaysThatTheSignInLacksMfa) {
    AdminDaemon daemon(installation);
    await_at_work(daemon);
    installation.fault({{"fault", "mfa_401"}});
    EXPECT_THAT(
        await_not_ready(daemon),
        AllOf(HasSubstr("api.unavailable"), HasSubstr("MFA"), HasSubstr("pcmirror login"))
    );
    // What is under way then tells of no trouble when the other resource's is over.
    daemon.await_text("/readyz", "api.unavailable customers, subscriptions");
    // Somebody signs in anew, with MFA.
    installation.end_faults();
    const nlohmann::json issued =
        installation.simulator.control("POST", "/tokens", {{"issue_refresh_token", true}});
    write_file(installation.directory / "refresh_token", issued["refresh_token"]);
    await_at_work(daemon);
    stop(daemon);
    EXPECT_EQ(told(daemon.process().err(), " api.unavailable "), 1U) << daemon.process().err();
}

TEST_F(DaemonInTrouble, LogsNobodysAddress) {
    installation.fault(
        {{"fault", "status"},
         {"status", 400},
         {"path", "/subscriptions"},
         {"body", R"({"code": 400018, "description": "User ada@contoso.com was not found."})"}}
    );
    AdminDaemon daemon(installation);
    ASSERT_TRUE(daemon.process().await_err("pass.partial")) << daemon.process().err();
    stop(daemon);
    EXPECT_THAT(daemon.process().err(), HasSubstr("User (address) was not found."));
    EXPECT_THAT(daemon.process().err(), ::testing::Not(HasSubstr("contoso.com")));
    EXPECT_THAT(
        *installation.database.value("select max(last_error) from pcmirror.sync_scopes"),
        HasSubstr("ada@contoso.com")
    ) << "operators see it";
}

} // namespace
} // namespace pcmirror::testing
