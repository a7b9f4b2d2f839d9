#include "tests/unit/config_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::test {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(ConfigAccepted, EveryKeyOfTheApi) {
    const PartnerCenterSettings settings = settings_of(R"(  cloud: global
  api_url: HTTPS://Api.Example:8443/
  login_url: http://[::1]:9000
  resource: https://audience.example
  auth: auto
  client_secret: "p@ss: #word"
  proxy: http://user:word@proxy.example:3128/
  concurrency: 1
  requests_per_minute: 0
  request_timeout: 1m30s
  max_attempts: 20
)")
                                               .partner_center;

    EXPECT_EQ(settings.api_url, "https://Api.Example:8443");
    EXPECT_EQ(settings.login_url, "http://[::1]:9000");
    EXPECT_EQ(settings.resource, "https://audience.example");
    EXPECT_EQ(settings.auth, Auth::automatic);
    EXPECT_EQ(settings.client_secret.reveal(), "p@ss: #word");
    EXPECT_EQ(settings.proxy, "http://user:word@proxy.example:3128");
    EXPECT_EQ(settings.concurrency, 1);
    EXPECT_EQ(settings.requests_per_minute, 0);
    EXPECT_EQ(settings.request_timeout, 90s);
    EXPECT_EQ(settings.max_attempts, 20);
}

TEST(ConfigAccepted, EveryOtherKey) {
    const Settings settings = settings_of(R"(database:
  { url: "host=db password='a b'", migrate_url: postgres://o@db/x, migrate_on_start: False }
customers:
  include: ["*.Contoso.com", "0F0E0D0C-0000-0000-0000-000000000000"]
  exclude: ["*"]
delete_guard: { max_fraction: 1, max_fraction_per_pass: 0, min_rows: 0 }
history: { keep: 1d }
write_back:
  { enabled: false, workers: 8, operations: [create_user, update_subscription.quantity] }
admin: { listen: "[::]:0" }
log: { level: debug, format: json }
shutdown_grace: 1500ms
)");

    EXPECT_EQ(settings.database.url.reveal(), "host=db password='a b'");
    EXPECT_EQ(settings.database.migrate_url.reveal(), "postgres://o@db/x");
    EXPECT_FALSE(settings.database.migrate_on_start);
    EXPECT_THAT(
        settings.customers.include,
        ElementsAre("*.contoso.com", "0f0e0d0c-0000-0000-0000-000000000000")
    );
    EXPECT_THAT(settings.customers.exclude, ElementsAre("*"));
    EXPECT_DOUBLE_EQ(settings.delete_guard.limits.max_fraction, 1);
    EXPECT_EQ(settings.history_keep, 24h);
    EXPECT_FALSE(settings.write_back.enabled);
    EXPECT_THAT(
        settings.write_back.operations, ElementsAre("create_user", "update_subscription.quantity")
    );
    EXPECT_EQ(settings.admin_listen, "[::]:0");
    EXPECT_TRUE(settings.log.json);
    EXPECT_EQ(settings.shutdown_grace, 1500ms);
}

TEST(ConfigAccepted, SchedulesByIntervalAndByCron) {
    const Settings settings = settings_of(R"(schedules:
  customers: { every: "1s", jitter: 999ms, stale_after: 2s }
  users: { cron: "0 */2 * * *", timezone: Europe/Paris, jitter: 1h }
  subscribed_skus: { cron: 5 4 * * sun }
  user_licenses: { every: 6h, full_every: 7d }
)");

    EXPECT_EQ(settings.schedules.at("customers").jitter, 999ms);
    EXPECT_EQ(settings.schedules.at("customers").stale_after, 2s);
    EXPECT_EQ(settings.schedules.at("users").cron, "0 */2 * * *");
    EXPECT_EQ(settings.schedules.at("users").timezone, "Europe/Paris");
    EXPECT_FALSE(settings.schedules.at("users").every);
    EXPECT_EQ(settings.schedules.at("subscribed_skus").cron, "5 4 * * sun");
    EXPECT_EQ(settings.schedules.at("user_licenses").full_every, 7 * 24h);
}

TEST(ConfigAccepted, AnEndpointWithoutAddressIsOff) {
    EXPECT_EQ(settings_of("admin: { listen: }\n").admin_listen, "");
    EXPECT_EQ(settings_of("admin: { listen: \"\" }\n").admin_listen, "");
}

TEST(ConfigAccepted, OptionalKeysWithoutValueAndListsWithoutEntries) {
    const Settings settings = settings_of("  client_secret:\n"
                                          "  client_secret_file: \"\"\n"
                                          "  client_certificate_file:\n"
                                          "  tls_ca_file:\n"
                                          "  proxy: ~\n"
                                          "customers: { include: }\n"
                                          "write_back: { operations: [] }\n");

    EXPECT_TRUE(settings.partner_center.client_secret.empty());
    EXPECT_TRUE(settings.customers.include.empty());
    EXPECT_TRUE(settings.write_back.operations.empty());
}

TEST(ConfigAccepted, AnchorsAliasesAndMergeKeys) {
    const Settings settings = settings_of("schedules:\n"
                                          "  customers: &hourly { every: 1h, jitter: 1m }\n"
                                          "  subscriptions: *hourly\n"
                                          "  users: { <<: *hourly, every: 2h }\n"
                                          "  subscribed_skus: { <<: [*hourly, { jitter: 2m }] }\n");

    EXPECT_EQ(settings.schedules.at("subscriptions").every, 1h);
    EXPECT_EQ(settings.schedules.at("users").every, 2h);
    EXPECT_EQ(settings.schedules.at("users").jitter, 1min);
    EXPECT_EQ(settings.schedules.at("subscribed_skus").jitter, 1min);
}

TEST(ConfigAccepted, AliasesThatWouldUnfoldToBillionsCostNothing) {
    std::string yaml = "customers:\n  include: []\n  exclude: &a0 [x, x]\n";
    for (int level = 1; level < 40; ++level)
        yaml += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [*a" +
                std::to_string(level - 1) + ", *a" + std::to_string(level - 1) + "]\n";

    EXPECT_NE(problems_in(minimal + yaml).find("a39: unknown key"), std::string::npos);
}

TEST(ConfigAccepted, NoNestingThatIsDeeperThanTheStack) {
    const std::string text = problems_in(minimal + "log: " + std::string(100'000, '['));

    EXPECT_NE(text.find("nested too deeply"), std::string::npos);
}

TEST(ConfigAccepted, ByteOrderMarksAndWindowsLineEnds) {
    std::string yaml = "\xEF\xBB\xBF" + minimal + "log: { level: warn }\n";
    for (std::size_t at = 0; (at = yaml.find('\n', at)) != std::string::npos; at += 2)
        yaml.insert(at, 1, '\r');

    const Settings settings = parse_settings(yaml, "x.yaml", five_resources, environment({}));

    EXPECT_EQ(settings.partner_center.tenant_id, "contoso.onmicrosoft.com");
    EXPECT_EQ(settings.log.level, "warn");
}

TEST(ConfigAccepted, ProblemsAreToldForTheColumnOfTheCharacterNotOfTheByte) {
    EXPECT_EQ(
        problems_in(minimal + "log: { level: \"\xC3\xA9\", format: xml }\n"),
        "pcmirror.yaml:4:15: log.level: \"\xC3\xA9\" is none of the known words (one of trace, "
        "debug, info, warn, error)\n"
        "pcmirror.yaml:4:28: log.format: \"xml\" is none of the known words (one of text, json)"
    );
}

} // namespace pcmirror::test
