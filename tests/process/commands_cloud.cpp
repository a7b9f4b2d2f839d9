#include "daemon/program.hpp"
#include "tests/process/commands_installation.hpp"
#include "tests/support/made_up.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A resource like `members`, which not every cloud has.
Resource missing_in(std::span<const Cloud> clouds) {
    Resource resource = made_up::members;
    resource.missing_in = clouds;
    return resource;
}

std::string off_in(Cloud cloud, const Resource& resource, Auth auth = Auth::app_user) {
    Settings settings;
    settings.partner_center.cloud = cloud;
    settings.partner_center.auth = auth;
    return off_because(settings, resource);
}

TEST(Cloud, SwitchesOffWhatItLacks) {
    static constexpr Cloud china[] = {Cloud::china};
    static constexpr Cloud both[] = {Cloud::china, Cloud::us_government};
    const std::string lacking = "this cloud does not have it";
    EXPECT_THAT(off_in(Cloud::global, missing_in(both)), IsEmpty());
    EXPECT_EQ(off_in(Cloud::china, missing_in(both)), lacking);
    EXPECT_EQ(off_in(Cloud::us_government, missing_in(both)), lacking);
    EXPECT_EQ(off_in(Cloud::china, missing_in(china)), lacking);
    EXPECT_THAT(off_in(Cloud::us_government, missing_in(china)), IsEmpty());
}

TEST(Cloud, AndSignInAreReasonsOfTheirOwn) {
    static constexpr Cloud china[] = {Cloud::china};
    EXPECT_THAT(off_in(Cloud::china, made_up::orders, Auth::app_only), IsEmpty());
    EXPECT_THAT(off_in(Cloud::global, made_up::members, Auth::app_only), HasSubstr("app_only"));
    EXPECT_THAT(off_in(Cloud::global, made_up::members, Auth::automatic), IsEmpty());
    EXPECT_THAT(off_in(Cloud::china, missing_in(china), Auth::app_only), HasSubstr("this cloud"))
        << "another auth would not bring it";
}

TEST(AppOnly, SwitchesOffWhatNeedsAUserWithALogLineForEach) {
    Installation installation({.everything = true});
    installation.configure(
        {{"partner_center", {{"auth", "app_only"}}}, {"log", {{"level", "info"}}}}
    );
    const Outcome outcome = installation.call({"sync"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    for (const char* resource : {"users", "subscribed_skus", "user_licenses"}) {
        const std::string line = std::string("resource.off resource=") + resource + " why=";
        EXPECT_THAT(outcome.err, HasSubstr(line));
        EXPECT_EQ(outcome.err.find(line), outcome.err.rfind(line)) << "once";
        const Outcome named = installation.call({"sync", resource});
        EXPECT_EQ(named.exit_code, 2);
        EXPECT_THAT(named.err, HasSubstr("is switched off"));
    }
    const Outcome all = installation.call({"sync", "users", "subscriptions", "user_licenses"});
    EXPECT_EQ(all.exit_code, 2);
    EXPECT_THAT(all.err, HasSubstr("users, user_licenses are switched off: a user's sign-in"));
    EXPECT_THAT(all.err, HasSubstr("set partner_center.auth to app_user or auto"));
    EXPECT_EQ(
        installation.database.number("select count(*) from partner_center.subscriptions"),
        installation.simulator.control("GET", "/world")["subscriptions"]
    );
    EXPECT_EQ(installation.database.number("select count(*) from partner_center.users"), 0);
}

TEST(Cloud, OfAnyNameHasCustomersAndSubscriptions) {
    for (const char* cloud : {"china", "us_government"}) {
        Installation installation;
        installation.configure(
            {{"partner_center", {{"cloud", cloud}}}, {"log", {{"level", "info"}}}}
        );
        const Outcome outcome = installation.call({"sync"});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        EXPECT_THAT(outcome.err, Not(HasSubstr("resource.off"))) << cloud;
        EXPECT_EQ(
            installation.database.number("select count(*) from partner_center.subscriptions"),
            installation.simulator.control("GET", "/world")["subscriptions"]
        );
    }
}

} // namespace
} // namespace pcmirror::testing
