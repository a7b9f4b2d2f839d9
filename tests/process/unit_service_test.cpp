#include "tests/process/unit_machine.hpp"
#include "tests/support/database_proxy.hpp"

#include <array>
#include <boost/asio/write.hpp>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

// The units under the real systemd, with all their restrictions in force.

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

class UnitOnAMachine : public ::testing::Test {
  protected:
    void SetUp() override {
        if (const std::string trouble = machine_trouble(); !trouble.empty())
            GTEST_SKIP() << trouble;
    }

    /// Waits for passes that asked for something and end well after now.
    static void await_passes(const Installation& installation) {
        const std::string ok = "select count(*) from pcmirror.sync_runs where outcome = 'ok' and "
                               "resource = 'subscriptions' and requests > 0";
        const long long before = installation.database.number(ok);
        const auto deadline = std::chrono::steady_clock::now() + process_deadline;
        while (installation.database.number(ok) < before + 2)
            ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
};

TEST_F(UnitOnAMachine, ServesUnderAllItsRestrictions) {
    const ServiceOnAMachine service(every_second);
    ASSERT_EQ(service.machine.call({"systemctl", "start", "pcmirror"}).exit_code, 0)
        << service.journal();
    await_passes(service.installation);

    const std::string process = "/proc/" + service.property("pcmirror", "MainPID") + "/";
    const std::string status = service.machine.shell("cat " + process + "status");
    EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1\n"));
    EXPECT_THAT(status, HasSubstr("Seccomp:\t2\n"));
    EXPECT_THAT(status, HasSubstr("CapBnd:\t0000000000000000\n"));
    EXPECT_EQ(service.machine.shell("stat -c %U " + process), "pcmirror\n");
    EXPECT_EQ(
        service.machine.shell("stat -c '%U %a' /var/lib/pcmirror/refresh_token"), "pcmirror 600\n"
    );

    ASSERT_EQ(service.machine.call({"systemctl", "reload", "pcmirror"}).exit_code, 0);
    await_passes(service.installation);
    EXPECT_NE(service.property("pcmirror", "StatusText"), "");
    ASSERT_EQ(service.machine.call({"systemctl", "stop", "pcmirror"}).exit_code, 0);
    EXPECT_EQ(service.property("pcmirror", "Result"), "success") << service.journal();
    EXPECT_EQ(service.property("pcmirror", "NRestarts"), "0");
}

TEST_F(UnitOnAMachine, DoesJobs) {
    nlohmann::json settings = every_second;
    settings["schedules"]["users"] = {{"every", "1h"}};
    settings["write_back"]["operations"] = {"update_user"};
    const ServiceOnAMachine service(settings);
    service.machine.shell("systemctl start pcmirror");
    const auto await = [&](const std::string& condition) {
        const auto deadline = std::chrono::steady_clock::now() + process_deadline;
        while (service.installation.database.value(condition) != "t")
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << service.journal();
    };
    await("select count(*) > 0 from partner_center.users");
    service.installation.database.execute(
        "select pcmirror.enqueue_job('update_user', customer_id, jsonb_build_object('user_id', "
        "user_id, 'display_name', 'Renamed')) from partner_center.users where state = 'active' "
        "limit 1"
    );
    await("select state = 'succeeded' from pcmirror.write_jobs");
    await("select count(*) = 1 from partner_center.users where display_name = 'Renamed'");
}

/// Hands on what comes, until nothing comes any more.
void pass_on(auto& from, auto& to) {
    std::array<char, 4096> bytes{};
    boost::system::error_code ended;
    while (!ended) {
        const std::size_t size = from.read_some(boost::asio::buffer(bytes), ended);
        if (!ended)
            boost::asio::write(to, boost::asio::buffer(bytes.data(), size), ended);
    }
    to.shutdown(boost::asio::socket_base::shutdown_both, ended);
}

TEST_F(UnitOnAMachine, ReachesADatabaseByTcp) {
    ServiceOnAMachine service(every_second);
    DatabaseProxy* reached = nullptr;
    DatabaseProxy proxy(
        service.installation.database.url(),
        [&](DatabaseProxy::Client& client, const std::string& startup) {
            DatabaseProxy::Server server = reached->connect(startup);
            std::thread answers([&] { pass_on(server, client); });
            pass_on(client, server);
            answers.join();
        }
    );
    reached = &proxy;
    nlohmann::json settings = every_second;
    settings["database"]["url"] = proxy.url();
    service.configure(settings);
    ASSERT_EQ(service.machine.call({"systemctl", "start", "pcmirror"}).exit_code, 0)
        << service.journal();
    await_passes(service.installation);
    service.machine.shell("systemctl stop pcmirror");
}

TEST_F(UnitOnAMachine, IsStartedAgainAfterACrash) {
    const ServiceOnAMachine service(every_second);
    service.machine.shell("systemctl start pcmirror");
    const std::string first = service.property("pcmirror", "MainPID");
    service.machine.shell(
        "mkdir -p /run/systemd/system/pcmirror.service.d && printf "
        "'[Service]\\nRestartSec=0\\n' > "
        "/run/systemd/system/pcmirror.service.d/soon.conf && "
        "systemctl daemon-reload && kill -SEGV " +
        first
    );
    EXPECT_TRUE(service.machine.await(
        "test \"$(systemctl show --value -p NRestarts pcmirror)\" = 1 && systemctl is-active "
        "pcmirror"
    )) << service.journal();
    await_passes(service.installation);
}

TEST_F(UnitOnAMachine, IsStartedAgainWhenItHangs) {
    const ServiceOnAMachine service(every_second);
    service.machine.shell("mkdir -p /run/systemd/system/pcmirror.service.d && printf "
                          "'[Service]\\nRestartSec=0\\nWatchdogSec=3s\\n' > "
                          "/run/systemd/system/pcmirror.service.d/soon.conf && "
                          "systemctl daemon-reload && systemctl start pcmirror && "
                          "systemctl kill --signal=STOP pcmirror");
    EXPECT_TRUE(service.machine.await(
        "test \"$(systemctl show --value -p NRestarts pcmirror)\" -gt 0 && systemctl is-active "
        "pcmirror"
    )) << service.journal();
    EXPECT_THAT(service.journal(), HasSubstr("Watchdog timeout"));
}

TEST_F(UnitOnAMachine, IsNotStartedAgainWhereItsConfigurationIsWrong) {
    const nlohmann::json wrong = {{"schedules", {{"custmers", {{"every", "1s"}}}}}};
    const ServiceOnAMachine service(wrong);
    EXPECT_NE(service.machine.call({"systemctl", "start", "pcmirror"}).exit_code, 0);
    EXPECT_EQ(service.property("pcmirror", "ActiveState"), "failed");
    EXPECT_EQ(service.property("pcmirror", "ExecMainStatus"), "2");
    EXPECT_EQ(service.property("pcmirror", "NRestarts"), "0");
    EXPECT_THAT(service.journal(), HasSubstr("did you mean"));
}

/// Moves the secret to where only the units look for it.
void keep_secret_in_environment(ServiceOnAMachine& service) {
    nlohmann::json settings = every_second;
    settings["partner_center"] = {
        {"client_secret_file", ""}, {"client_secret", "${PCMIRROR_SECRET}"}};
    service.configure(settings);
    service.machine.shell("echo \"PCMIRROR_SECRET='$(cat /etc/pcmirror/client_secret)'\" >> "
                          "/etc/default/pcmirror && rm /etc/pcmirror/client_secret");
}

TEST_F(UnitOnAMachine, NeedsNoSecretFileWhereTheConfigurationNamesNone) {
    ServiceOnAMachine service;
    keep_secret_in_environment(service);
    ASSERT_EQ(service.machine.call({"systemctl", "start", "pcmirror"}).exit_code, 0)
        << service.journal();
    await_passes(service.installation);
}

TEST_F(UnitOnAMachine, LendsItsEnvironmentToACommandAsTheReadmeSays) {
    ServiceOnAMachine service;
    keep_secret_in_environment(service);
    const std::string readme = read_file(places::source("systemd/README.md"));
    const std::size_t from = readme.find("\n    systemd-run ");
    ASSERT_NE(from, std::string::npos);
    const std::string line = readme.substr(from + 1, readme.find('\n', from + 1) - from);
    EXPECT_THAT(line, HasSubstr(" pcmirror check"));
    const Outcome check = service.machine.call({"/bin/sh", "-c", line});
    EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
}

TEST_F(UnitOnAMachine, SaysThatTheSecretFileIsMissingWhereTheConfigurationNamesIt) {
    const ServiceOnAMachine service(every_second);
    service.machine.shell("rm /etc/pcmirror/client_secret");
    EXPECT_NE(service.machine.call({"systemctl", "start", "pcmirror"}).exit_code, 0);
    EXPECT_THAT(service.journal(), HasSubstr("client_secret_file: the file is empty"));
}

TEST_F(UnitOnAMachine, SyncsOnceWithTheSameRestrictions) {
    const ServiceOnAMachine service;
    ASSERT_EQ(service.machine.call({"systemctl", "start", "pcmirror-sync"}).exit_code, 0)
        << service.journal();
    EXPECT_EQ(
        service.installation.database.number("select count(*) from partner_center.customers"), 5
    );
}

TEST_F(UnitOnAMachine, TakesTurnsWithTheTimer) {
    const ServiceOnAMachine service(every_second);
    service.machine.shell("systemctl start pcmirror");
    service.machine.shell("systemctl start pcmirror-sync.timer");
    EXPECT_TRUE(service.machine.await("! systemctl is-active pcmirror"));
    service.machine.shell("systemctl start pcmirror");
    EXPECT_TRUE(service.machine.await("! systemctl is-active pcmirror-sync.timer"));
    EXPECT_EQ(service.property("pcmirror", "ActiveState"), "active");
}

} // namespace
} // namespace pcmirror::testing
