#include "tests/process/commands_installation.hpp"
#include "tests/process/stopped_at.hpp"

#include <chrono>
#include <csignal>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using namespace std::chrono_literals;

/// Somebody sets the clock of a machine while a daemon runs there.
class ClockSteps : public ::testing::Test {
  protected:
    void start(const nlohmann::json& subscriptions) {
        installation_.emplace(testing::Setup{
            .simulator = {"--customers", "4", "--subscriptions", "2"},
            .settings = {
                {"schedules",
                 {{"customers", {{"every", "1h"}}}, {"subscriptions", subscriptions}}}}});
        set_clock(0s);
        daemon_.emplace(
            installation_->words({"run"}), with_points({{"PCMIRROR_CLOCK_AHEAD", file().string()}})
        );
    }

    void set_clock(std::chrono::seconds ahead) const {
        write_file(file(), std::to_string(ahead.count()));
    }

    /// The same for what the database wrote down, whose own clock can't be set.
    void set_clock_of_database(std::chrono::seconds ahead) const {
        const std::string back = " - interval '" + std::to_string(ahead.count()) + " seconds'";
        installation_->database.execute(
            "update pcmirror.rounds set started_at = started_at" + back + ", due_at = due_at" + back
        );
        installation_->database.execute(
            "update pcmirror.sync_scopes set last_attempt_at = last_attempt_at" + back +
            ", last_success_at = last_success_at" + back
        );
    }

    [[nodiscard]] std::size_t listings() const {
        std::size_t listings = 0;
        for (const auto& request : installation_->simulator.control_lines("/log"))
            listings += request["endpoint"] == "list_subscriptions" ? 1U : 0U;
        return listings;
    }

    void await_listings(std::size_t least) {
        const auto until = std::chrono::steady_clock::now() + process_deadline;
        while (listings() < least) {
            ASSERT_TRUE(daemon_->running()) << daemon_->err();
            ASSERT_LT(std::chrono::steady_clock::now(), until) << daemon_->err();
        }
    }

    /// The pass itself, which ends some time after its last request.
    void await_end_of_pass() {
        const auto until = std::chrono::steady_clock::now() + process_deadline;
        while (installation_->database.number("select count(*) from pcmirror.sync_runs where "
                                              "resource = 'subscriptions' and outcome = 'ok'") == 0)
            ASSERT_LT(std::chrono::steady_clock::now(), until) << daemon_->err();
    }

    void stop() {
        daemon_->signal(SIGTERM);
        const Outcome outcome = daemon_->wait();
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    }

    std::optional<Installation> installation_;
    std::optional<Process> daemon_;

  private:
    [[nodiscard]] std::filesystem::path file() const { return installation_->directory / "ahead"; }
};

TEST_F(ClockSteps, DoNotDisturbIntervals) {
    start({{"every", "1s"}});
    await_listings(8);
    for (const auto ahead : {24h, -48h, 0h}) {
        set_clock(ahead);
        await_listings(listings() + 8);
    }
    stop();
}

TEST_F(ClockSteps, StartWhatCronSaysForTheTimeThatWasLeftOut) {
    start({{"cron", "@yearly"}, {"stale_after", "9000h"}});
    await_listings(4);
    await_end_of_pass();
    // The daemon looks at its own clock first: what that makes due must be a round of its own.
    set_clock_of_database(366 * 24h);
    set_clock(366 * 24h);
    await_listings(8);
    set_clock(0s);
    stop();
    EXPECT_EQ(listings(), 8U) << "once, though the clock was set back";
}

} // namespace
} // namespace pcmirror::testing
