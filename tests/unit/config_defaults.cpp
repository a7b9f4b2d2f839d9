#include "tests/unit/config_support.hpp"

#include <gtest/gtest.h>

namespace pcmirror::test {

using namespace std::chrono_literals;

TEST(ConfigDefaults, AreThoseOfTheStructsWhereTheFileSaysNothing) {
    const Settings settings = settings_of("");

    EXPECT_EQ(settings.file, "pcmirror.yaml");
    EXPECT_EQ(settings.partner_center.api_url, "https://api.partnercenter.microsoft.com");
    EXPECT_EQ(settings.partner_center.tenant_id, "contoso.onmicrosoft.com");
    EXPECT_EQ(settings.partner_center.auth, Auth::app_user);
    EXPECT_EQ(settings.partner_center.concurrency, 16);
    EXPECT_EQ(settings.partner_center.requests_per_minute, 500);
    EXPECT_EQ(settings.partner_center.request_timeout, 180s);
    EXPECT_EQ(settings.partner_center.max_attempts, 6);
    EXPECT_EQ(settings.database.url.reveal(), "postgresql:///pcmirror");
    EXPECT_TRUE(settings.database.migrate_url.empty());
    EXPECT_EQ(settings.admin_listen, "127.0.0.1:9187");
    EXPECT_EQ(settings.history_keep, 400 * 24h);
    EXPECT_EQ(settings.write_back.give_up_after, 48h);
    EXPECT_EQ(settings.log.level, "info");
    EXPECT_FALSE(settings.log.json);
    EXPECT_EQ(settings.shutdown_grace, 20s);
}

TEST(ConfigDefaults, PollEveryResourceWhereThereAreNoSchedules) {
    for (const char* added : {"", "schedules:\n"}) {
        const Settings settings = settings_of(added);

        ASSERT_EQ(settings.schedules.size(), five.size());
        const Schedule& list = settings.schedules.at("customers");
        EXPECT_EQ(list.every, 15min);
        EXPECT_EQ(list.jitter, 30s);
        EXPECT_EQ(list.stale_after, 1h);
        EXPECT_EQ(settings.schedules.at("subscriptions").every, 1h);
        EXPECT_FALSE(settings.schedules.at("subscriptions").stale_after);
        EXPECT_EQ(settings.schedules.at("user_licenses").full_every, 7 * 24h);
    }
}

TEST(ConfigDefaults, LeaveOutResourcesThatAScheduleSectionLeavesOut) {
    EXPECT_TRUE(settings_of("schedules: {}\n").schedules.empty());
    EXPECT_EQ(settings_of("schedules: { users: {} }\n").schedules.size(), 1U);
}

TEST(ConfigDefaults, TakeTheIntervalOfTheResourceForAnEntryWithoutOne) {
    const Settings settings = settings_of("schedules: { customers: , users: { jitter: 5m } }\n");

    EXPECT_EQ(settings.schedules.at("customers").every, 15min);
    EXPECT_EQ(settings.schedules.at("users").every, 2h);
    EXPECT_EQ(settings.schedules.at("users").jitter, 5min);
}

TEST(ConfigDefaults, FollowTheCloud) {
    const Settings china = settings_of("  cloud: china\n");
    EXPECT_EQ(china.partner_center.api_url, "https://partner.partnercenterapi.microsoftonline.cn");
    EXPECT_EQ(china.partner_center.login_url, "https://login.partner.microsoftonline.cn");
    EXPECT_EQ(china.partner_center.resource, china.partner_center.api_url);

    const Settings government = settings_of("  cloud: us_government\n");
    EXPECT_EQ(government.partner_center.login_url, "https://login.microsoftonline.us");
    EXPECT_EQ(government.partner_center.resource, "https://api.partnercenter.microsoft.com");
}

TEST(ConfigDefaults, OfTheCloudGiveWayToEachUrlWhateverTheOrder) {
    const Settings settings =
        settings_of("  api_url: http://127.0.0.1:8080/pc/\n  login_url:\n  cloud: china\n");

    EXPECT_EQ(settings.partner_center.api_url, "http://127.0.0.1:8080/pc");
    EXPECT_EQ(settings.partner_center.login_url, "https://login.partner.microsoftonline.cn");
    EXPECT_EQ(
        settings.partner_center.resource, "https://partner.partnercenterapi.microsoftonline.cn"
    );
}

TEST(ConfigDefaults, PutFilesIntoTheStateDirectory) {
    EXPECT_EQ(settings_of("").state_directory, "/var/lib/pcmirror");
    EXPECT_EQ(settings_of("").partner_center.refresh_token_file, "/var/lib/pcmirror/refresh_token");
    const Variables systemd = {{"STATE_DIRECTORY", "/var/lib/private/pcmirror:/other"}};
    EXPECT_EQ(settings_of("", systemd).state_directory, "/var/lib/private/pcmirror");
    const Settings given = settings_of("state_directory: /srv/state\n", systemd);
    EXPECT_EQ(given.state_directory, "/srv/state");
    EXPECT_EQ(given.partner_center.refresh_token_file, "/srv/state/refresh_token");
    EXPECT_EQ(
        settings_of("  refresh_token_file: /srv/token\n").partner_center.refresh_token_file,
        "/srv/token"
    );
}

TEST(ConfigDefaults, OfTheDeleteGuardAreInheritedByResources) {
    const Settings settings = settings_of("delete_guard:\n"
                                          "  resources: { customers: { max_fraction: 0.1 } }\n"
                                          "  max_fraction: 0.4\n"
                                          "  min_rows: 7\n");

    const GuardLimits& own = settings.delete_guard.of("customers");
    EXPECT_DOUBLE_EQ(own.max_fraction, 0.1);
    EXPECT_DOUBLE_EQ(own.max_fraction_per_pass, 0.1);
    EXPECT_EQ(own.min_rows, 7);
    EXPECT_DOUBLE_EQ(settings.delete_guard.of("users").max_fraction, 0.4);
}

TEST(ConfigDefaults, GuardTheCustomerListMoreClosely) {
    for (const char* added :
         {"",
          "delete_guard:\n",
          "delete_guard: { max_fraction: 0.4, min_rows: 7 }\n",
          "delete_guard: { min_rows: 7, resources: { users: { max_fraction: 1 } } }\n",
          "delete_guard: { resources: { customers: { min_rows: 7 } } }\n"})
        EXPECT_DOUBLE_EQ(settings_of(added).delete_guard.of("customers").max_fraction, 0.1)
            << added;
    const Settings general = settings_of("delete_guard: { max_fraction: 0.05, min_rows: 7 }\n");
    EXPECT_DOUBLE_EQ(general.delete_guard.of("customers").max_fraction, 0.05)
        << "less than the default for everything is less for customers, too";
    EXPECT_EQ(general.delete_guard.of("customers").min_rows, 7);
    const Settings own =
        settings_of("delete_guard: { resources: { customers: { max_fraction: 0.9 } } }\n");
    EXPECT_DOUBLE_EQ(own.delete_guard.of("customers").max_fraction, 0.9);
    EXPECT_DOUBLE_EQ(own.delete_guard.of("subscriptions").max_fraction, 0.5);
}

} // namespace pcmirror::test
