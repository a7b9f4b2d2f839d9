#include "tests/process/trouble_fixture.hpp"

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;

/// More rows than are kept in memory, so that the state directory is written to.
const std::vector<std::string> large_world = {
    "--customers", "4", "--subscriptions", "2", "--big-customer", "7000"};

std::vector<std::string> before(std::vector<std::string> words, std::vector<std::string> command) {
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

bool works(std::vector<std::string> words) {
    return run(before(std::move(words), {"true"})).exit_code == 0;
}

/// Only the scope that needed the disk fails; once there is room, nothing is missing.
void expect_one_scope_lost(
    const Installation& installation,
    const Outcome& outcome,
    const std::string& wrong,
    const std::string& to_do
) {
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("1 failed, 0 refused, 0 held"));
    EXPECT_THAT(outcome.err, HasSubstr("failed   subscriptions of customer "));
    EXPECT_THAT(outcome.err, HasSubstr(wrong + "; " + to_do));
    expect_readable(installation, outcome);
    EXPECT_EQ(installation.call({"sync", "subscriptions"}).exit_code, 0);
    EXPECT_EQ(
        installation.database.number("select count(*) from partner_center.subscriptions"),
        installation.simulator.control("GET", "/world")["subscriptions"]
    );
}

TEST(FileTrouble, OfAFullDiskCostsOnlyTheScopeThatNeedsIt) {
    // A mount of the program's own is gone with it.
    const std::vector<std::string> alone =
        geteuid() == 0 ? std::vector<std::string>{"unshare", "--mount"}
                       : std::vector<std::string>{"unshare", "--map-root-user", "--mount"};
    const std::string mount = "mount -t tmpfs -o size=256k tmpfs \"$0\" && exec \"$@\"";
    TemporaryDirectory probe;
    if (!works(before(alone, {"sh", "-c", mount, probe.path().string()})))
        GTEST_SKIP() << "this machine lets no program mount a small file system";
    const Installation installation({.simulator = large_world});
    const Outcome outcome = run(before(
        before(alone, {"sh", "-c", mount, (installation.directory / "state").string()}),
        installation.words({"sync"})
    ));
    expect_one_scope_lost(installation, outcome, "No space left on device", "free some space");
}

TEST(FileTrouble, OfAMissingStateDirectoryCostsOnlyTheScopeThatNeedsIt) {
    Installation installation({.simulator = large_world});
    std::filesystem::remove(installation.directory / "state");
    const Outcome outcome = installation.call({"sync"});
    std::filesystem::create_directory(installation.directory / "state");
    expect_one_scope_lost(
        installation, outcome, "No such file or directory", "set state_directory to"
    );
}

TEST(FileTrouble, OfATokenDirectoryThatCantBeWrittenToExitsFourAndLosesNoToken) {
    // Root may write anywhere, unless it gives that up.
    std::vector<std::string> humble;
    if (geteuid() == 0)
        humble = {"setpriv", "--bounding-set=-dac_override,-dac_read_search"};
    if (!humble.empty() && !works(humble))
        GTEST_SKIP() << "this machine lets root give up no capability";
    Installation installation({.simulator = {"--customers", "5"}});
    installation.simulator.control("POST", "/tokens", {{"forget_old_refresh_token", true}});
    const std::filesystem::path directory = installation.directory / "credentials";
    std::filesystem::create_directory(directory);
    const std::filesystem::path token = directory / "refresh_token";
    std::filesystem::copy_file(installation.directory / "refresh_token", token);
    installation.configure({{"partner_center", {{"refresh_token_file", token.string()}}}});

    std::filesystem::permissions(directory, std::filesystem::perms{0500});
    const Outcome outcome = run(before(humble, installation.words({"sync"})));
    expect_trouble(installation, outcome, 4, token.string(), directory.string());

    std::filesystem::permissions(directory, std::filesystem::perms{0700});
    EXPECT_EQ(installation.call({"sync"}).exit_code, 0);
}

} // namespace
} // namespace pcmirror::testing
