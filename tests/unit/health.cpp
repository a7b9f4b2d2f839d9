#include "daemon/health.hpp"

#include "config/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Error revoked(Recovery::fix_api, "the consent was revoked", "run pcmirror login");

class DaemonHealth : public ::testing::Test {
  protected:
    void SetUp() override { set_up_log({.level = "info"}); }

    void TearDown() override { set_up_log({.level = "warn"}); }

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const Trouble& trouble : health.troubles())
            all.push_back(trouble.name);
        return all;
    }

    template <class Action> static std::string written(Action action) {
        ::testing::internal::CaptureStderr();
        action();
        return ::testing::internal::GetCapturedStderr();
    }

    Health health;
};

TEST_F(DaemonHealth, OfOneResourceSaysNothingOfAnother) {
    health.failed("users", revoked);
    EXPECT_FALSE(health.finished("subscriptions", Health::Clock::now()));
    EXPECT_THAT(names(), ElementsAre("api.unavailable users"));
    EXPECT_TRUE(health.finished("users", Health::Clock::now()));
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(DaemonHealth, TakesASuccessOnlyThatWasAskedForSince) {
    const auto before = Health::Clock::now();
    health.failed("users", revoked);
    EXPECT_FALSE(health.finished("users", before));
    EXPECT_FALSE(health.finished("users", std::nullopt));
    EXPECT_THAT(health.trouble(), HasSubstr("the consent was revoked"));
    EXPECT_TRUE(health.finished("users", Health::Clock::now()));
}

TEST_F(DaemonHealth, TellsOfOneReasonOnceHoweverManyItKeepsFromWork) {
    const std::string began = written([&] {
        health.failed("users", revoked);
        health.failed("subscribed_skus", Error(Recovery::fix_api, "and again", revoked.hint()));
        health.failed("users", revoked);
    });
    EXPECT_THAT(began, HasSubstr(" error api.unavailable resource=users "));
    EXPECT_THAT(began, Not(HasSubstr("subscribed_skus")));
    const std::string one = written([&] { health.finished("users", Health::Clock::now()); });
    EXPECT_EQ(one, "");
    const std::string all =
        written([&] { health.finished("subscribed_skus", Health::Clock::now()); });
    EXPECT_THAT(all, HasSubstr(" info daemon.recovered "));
}

TEST_F(DaemonHealth, NamesAllThatOneReasonKeepsFromWork) {
    health.failed("users", revoked);
    health.failed("customers", Error(Recovery::fix_api, "no route", "see the proxy"));
    health.failed("subscribed_skus", revoked);
    EXPECT_THAT(
        names(), ElementsAre("api.unavailable customers", "api.unavailable subscribed_skus, users")
    );
}

TEST_F(DaemonHealth, TellsOfEachReason) {
    health.failed("users", revoked);
    EXPECT_THAT(
        written([&] {
            health.failed("customers", Error(Recovery::fix_api, "no route", "see the proxy"));
        }),
        HasSubstr(" error api.unavailable resource=customers ")
    );
    EXPECT_THAT(
        written([&] { health.failed("roles", Error(Recovery::retry_later, "odd")); }),
        HasSubstr(" warn pass.failed resource=roles ")
    );
}

TEST_F(DaemonHealth, UnderAnotherConfigurationKnowsWhatIsStillPolled) {
    health.failed("users", revoked);
    health.failed("subscribed_skus", revoked);
    health.failed("customers", Error(Recovery::fix_database, "away"));
    health.begin_anew({"customers", "users"});
    EXPECT_THAT(names(), ElementsAre("api.unavailable users"));
}

} // namespace
} // namespace pcmirror
