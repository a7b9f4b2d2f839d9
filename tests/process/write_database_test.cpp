#include "tests/places/places.hpp"
#include "tests/process/kill_mirror_check.hpp"
#include "tests/process/stopped_at.hpp"
#include "tests/support/queued_jobs.hpp"

namespace pcmirror::testing {
namespace {

TEST(LostDatabase, BetweenAnAnswerAndItsRecordLeavesOneEffect) {
    PrivateCluster cluster;
    const TestDatabase database(Content::migrated, cluster.url());
    const TemporaryDirectory directory;
    const Simulator simulator({"--customers", "5"});
    simulator.control("POST", "/switches", {{"request_ids", "ignore"}});
    const auto config = write_config(
        directory.path(),
        simulator,
        database.url(),
        {{"schedules", {{"customers", nlohmann::json::object()}}},
         {"partner_center", {{"requests_per_minute", 0}}}}
    );
    const auto words = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), places::program);
        arguments.insert(arguments.end(), {"--config", config.string()});
        return arguments;
    };
    ASSERT_EQ(run(words({"sync", "customers"})).exit_code, 0);
    ASSERT_EQ(run(words({"job", "work", "--until-empty"})).exit_code, 0);
    const Operation& operation = *operation_catalogue().find("add_verified_domain");
    const PreparedJob job = prepare_jobs(JobWorld(simulator), operation, 1).front();
    enqueue(database, operation.name, job);

    Process daemon(
        words({"run"}), stopped({.point = "answered", .signal = SIGSTOP}, directory.path() / "mark")
    );
    while (daemon.running() && !is_stopped(daemon))
        continue;
    cluster.stop("immediate");
    daemon.signal(SIGCONT);
    ASSERT_TRUE(daemon.await_err("daemon.session_lost")) << daemon.err();
    cluster.start();
    while (database.number("select count(*) from pcmirror.jobs where finished_at is null") > 0)
        ASSERT_TRUE(daemon.running()) << daemon.err();
    ASSERT_TRUE(daemon.await_err("jobs.interrupted")) << daemon.err();
    daemon.signal(SIGTERM);
    const Outcome outcome = daemon.wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, ::testing::Not(::testing::HasSubstr("process.cut_short")))
        << "it stops by itself, and not when its time is over";

    EXPECT_EQ(database.value("select state from pcmirror.jobs"), "succeeded");
    EXPECT_EQ(database.value("select attempts from pcmirror.jobs"), "1")
        << "what was answered outlives the loss";
    EXPECT_EQ(simulator.control("GET", "/effects").at("count"), 1);
}

} // namespace
} // namespace pcmirror::testing
