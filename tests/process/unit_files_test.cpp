#include "tests/places/places.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <regex>

// What systemd thinks of the units, without running them.

namespace pcmirror::testing {
namespace {

const std::vector<std::string> services = {"pcmirror.service", "pcmirror-sync.service"};

class UnitFiles : public ::testing::Test {
  protected:
    void SetUp() override {
        if (run({"/bin/sh", "-c", "command -v systemd-analyze"}).exit_code != 0)
            GTEST_SKIP() << "systemd-analyze is not installed";
        for (const char* name :
             {"pcmirror.service", "pcmirror-sync.service", "pcmirror-sync.timer"})
            write_file(directory_ / name, of_this_build(unit(name)));
    }

    static std::string unit(const std::string& name) {
        return read_file(places::source("systemd/" + name));
    }

    static std::string of_this_build(std::string text) {
        const std::string installed = "/usr/bin/pcmirror";
        if (const auto at = text.find(installed); at != std::string::npos)
            text.replace(at, installed.size(), places::program);
        return text;
    }

    TemporaryDirectory directory_;
};

TEST_F(UnitFiles, AreVerifiedWithoutComplaint) {
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
        const Outcome verify =
            run({"systemd-analyze", "verify", "--man=no", entry.path().string()});
        EXPECT_EQ(verify.exit_code, 0) << entry.path();
        EXPECT_EQ(verify.out + verify.err, "") << entry.path();
    }
}

TEST_F(UnitFiles, ExposeLittleOfTheMachine) {
    const std::regex level("Overall exposure level for [^:]+: ([0-9.]+)");
    for (const std::string& service : services) {
        const Outcome security =
            run({"systemd-analyze", "security", "--offline=true", directory_ / service});
        std::smatch found;
        ASSERT_TRUE(std::regex_search(security.out, found, level)) << security.out << security.err;
        EXPECT_LE(std::stod(found[1]), 1.5) << security.out;
    }
}

TEST_F(UnitFiles, RestrictTheSingleSyncLikeTheDaemon) {
    const auto restrictions = [](const std::string& name) {
        const std::regex comment("(^|\n)#[^\n]*");
        const std::string text = std::regex_replace(unit(name), comment, "");
        const std::size_t from = text.find("\nUser=");
        return text.substr(from, text.find("\nUMask=") - from);
    };
    EXPECT_EQ(restrictions("pcmirror-sync.service"), restrictions("pcmirror.service"));
}

TEST_F(UnitFiles, UserIsAccepted) {
    const Outcome users =
        run({"systemd-sysusers", "--dry-run", places::source("systemd/sysusers.d/pcmirror.conf")});
    EXPECT_EQ(users.exit_code, 0) << users.err;
}

} // namespace
} // namespace pcmirror::testing
