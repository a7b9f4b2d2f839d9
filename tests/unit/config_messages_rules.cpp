#include "tests/unit/config_messages.hpp"

#include <gtest/gtest.h>

namespace pcmirror::test {

namespace {

const std::vector<Message> messages = {
    {"NothingNeededGiven",
     "{}\n",
     "1:1: partner_center.tenant_id: is missing (the partner's tenant: a GUID or a domain such as "
     "contoso.onmicrosoft.com)\n"
     "1:1: partner_center.client_id: is missing (the application's GUID)"},
    {"SectionWithoutValue",
     "partner_center:\n"
     "database:\n",
     "1:1: partner_center.tenant_id: is missing (the partner's tenant: a GUID or a domain such as "
     "contoso.onmicrosoft.com)\n"
     "1:1: partner_center.client_id: is missing (the application's GUID)"},
    {"EmptyNeeded",
     "partner_center:\n"
     "  tenant_id: \"\"\n"
     "  client_id:\n",
     "2:14: partner_center.tenant_id: is missing (the partner's tenant: a GUID or a domain such as "
     "contoso.onmicrosoft.com)\n"
     "3:3: partner_center.client_id: is missing (the application's GUID)"},
    {"UnknownSection",
     minimal + "data_base: {}\n",
     "4:1: data_base: unknown key (SECTIONS)\n"
     "  hint: did you mean \"database\"?"},
    {"UnknownKeyNear",
     minimal + "  concurency: 3\n",
     "4:3: partner_center.concurency: unknown key (PARTNER)\n"
     "  hint: did you mean \"concurrency\"?"},
    {"UnknownCamel",
     minimal + "  tlsCaFile: 3\n",
     "4:3: partner_center.tlsCaFile: unknown key (PARTNER)\n"
     "  hint: did you mean \"tls_ca_file\"?"},
    {"UnknownKeyFar",
     minimal + "log: { colour: red }\n",
     "4:8: log.colour: unknown key (level, format)"},
    {"KeyInWrongSection",
     minimal + "concurrency: 3\n",
     "4:1: concurrency: unknown key (SECTIONS)\n"
     "  hint: \"concurrency\" belongs to partner_center"},
    {"GuardUnknown",
     minimal + "delete_guard: { resources: { customers: { max_rows: 3 } } }\n",
     "4:43: delete_guard.resources.customers.max_rows: unknown key (max_fraction, "
     "max_fraction_per_pass, min_rows)\n"
     "  hint: did you mean \"min_rows\"?"},
    {"TwoCredentials",
     minimal + "  client_secret: s3cret\n"
               "  client_secret_file: x\n",
     "5:23: partner_center.client_secret_file: the file does not exist in . (a readable file with "
     "the secret)\n"
     "5:23: partner_center.client_secret_file: a second credential beside client_secret (one of "
     "client_secret, client_secret_file, client_certificate_file)"},
    {"NoCredential",
     minimal + "  auth: app_only\n",
     "4:9: partner_center.auth: \"app_only\" needs a credential of the application (one of "
     "client_secret, client_secret_file, client_certificate_file)"},
    {"MissingSecretFile",
     minimal + "  client_secret_file: s3cret\n",
     "4:23: partner_center.client_secret_file: the file does not exist in . (a readable file with "
     "the secret)"},
    {"MissingAbsolute",
     minimal + "  tls_ca_file: /nowhere/ca.pem\n",
     "4:16: partner_center.tls_ca_file: \"/nowhere/ca.pem\" does not exist (a readable PEM file "
     "with certificates)"},
    {"DirectoryAsFile",
     minimal + "  client_certificate_file: /tmp\n",
     "4:28: partner_center.client_certificate_file: \"/tmp\" is a directory (a readable PEM file "
     "with certificate and key)"},
    {"UnknownResource",
     minimal + "schedules: { subscription: { every: 1h } }\n",
     "4:14: schedules.subscription: unknown resource (customers, subscriptions, users, "
     "subscribed_skus, user_licenses)\n"
     "  hint: did you mean \"subscriptions\"?"},
    {"UnknownResourceFar",
     minimal + "delete_guard: { resources: { invoices: {} } }\n",
     "4:30: delete_guard.resources.invoices: unknown resource (customers, subscriptions, users, "
     "subscribed_skus, user_licenses)"},
    {"EveryText",
     minimal + "schedules: { customers: 15m }\n",
     "4:25: schedules.customers: is text (a mapping of every, cron, timezone, jitter, stale_after, "
     "full_every)"},
    {"EveryAndCron",
     minimal + "schedules: { customers: { every: 1h, cron: \"0 * * * *\" } }\n",
     "4:44: schedules.customers.cron: stands beside every (either every or cron)"},
    {"EveryShort",
     minimal + "schedules: { customers: { every: 999ms } }\n",
     "4:34: schedules.customers.every: \"999ms\" is below the minimum 1s (a duration, 1s or more, "
     "such as 90s, 15m, 1h30m or 2d)"},
    {"JitterLong",
     minimal + "schedules: { customers: { every: 1m, jitter: 60s } }\n",
     "4:46: schedules.customers.jitter: \"1m\" is not less than every (less than 1m)"},
    {"FullEvery",
     minimal + "schedules: { customers: { every: 1m, full_every: 7d } }\n",
     "4:50: schedules.customers.full_every: customers has no rolling re-read (only where a "
     "resource has one)"},
    {"StaleZero",
     minimal + "schedules: { customers: { stale_after: 0s } }\n",
     "4:40: schedules.customers.stale_after: \"0s\" is below the minimum 1ms (a duration, 1ms or "
     "more, such as 90s, 15m, 1h30m or 2d)"},
    {"StaleText",
     minimal + "schedules: { customers: { every: often } }\n",
     "4:34: schedules.customers.every: \"often\" is no duration (a duration, 1s or more, such as "
     "90s, 15m, 1h30m or 2d)"},
    {"CronFields",
     minimal + "schedules: { customers: { cron: \"* * * *\" } }\n",
     "4:33: schedules.customers.cron: \"* * * *\" is no cron expression: 4 fields instead of 5 "
     "(minute hour day month weekday in quotes, such as \"0 */2 * * *\", or @daily)"},
    {"CronRange",
     minimal + "schedules: { customers: { cron: \"61 * * * *\" } }\n",
     "4:33: schedules.customers.cron: \"61 * * * *\" is no cron expression: the minute must be 0 "
     "to 59 (minute hour day month weekday in quotes, such as \"0 */2 * * *\", or @daily)"},
    {"CronName",
     minimal + "schedules: { users: { cron: \"0 0 * * mun\" } }\n",
     "4:29: schedules.users.cron: \"0 0 * * mun\" is no cron expression: the weekday must be 0 to "
     "7 (minute hour day month weekday in quotes, such as \"0 */2 * * *\", or @daily)"},
    {"CronStep",
     minimal + "schedules: { users: { cron: \"*/0 * * * *\" } }\n",
     "4:29: schedules.users.cron: \"*/0 * * * *\" is no cron expression: the minute must be 0 to "
     "59 (minute hour day month weekday in quotes, such as \"0 */2 * * *\", or @daily)"},
    {"CronNever",
     minimal + "schedules: { customers: { cron: \"0 0 30 2 *\" } }\n",
     "4:33: schedules.customers.cron: \"0 0 30 2 *\" never fires: no such month has that day "
     "(minute hour day month weekday in quotes, such as \"0 */2 * * *\", or @daily)"},
    {"Zone",
     minimal + "schedules: { customers: { cron: \"@daily\", timezone: Europe/Pari } }\n",
     "4:53: schedules.customers.timezone: \"Europe/Pari\" is no time zone that this machine knows "
     "(a name such as Europe/Paris)"},
    {"ZoneAlone",
     minimal + "schedules: { customers: { every: 1h, timezone: Europe/Paris } }\n",
     "4:48: schedules.customers.timezone: stands without cron (a timezone belongs to cron)"},
    {"LicensesNeed",
     minimal + "schedules: { user_licenses: { every: 6h } }\n",
     "4:14: schedules.user_licenses: needs users, which has no schedule (a schedule for both)\n"
     "  hint: licenses are read user by user\n"
     "4:14: schedules.user_licenses: needs subscribed_skus, which has no schedule (a schedule for "
     "both)\n"
     "  hint: their counts tell whose licenses changed"},
    {"LicensesNeedSkus",
     minimal + "schedules: { users: {}, user_licenses: { every: 6h } }\n",
     "4:25: schedules.user_licenses: needs subscribed_skus, which has no schedule (a schedule for "
     "both)\n"
     "  hint: their counts tell whose licenses changed"},
    {"Many",
     "partner_center:\n"
     "  tenant: x\n"
     "  client_id: zzz\n"
     "  concurrency: 1000\n"
     "  auth: app_only\n"
     "database:\n"
     "  pool_size: 0\n"
     "log: { level: loud }\n",
     "2:3: partner_center.tenant: unknown key (PARTNER)\n"
     "  hint: did you mean \"tenant_id\"?\n"
     "2:3: partner_center.tenant_id: is missing (the partner's tenant: a GUID or a domain such as "
     "contoso.onmicrosoft.com)\n"
     "3:14: partner_center.client_id: \"zzz\" is no GUID (the application's GUID)\n"
     "4:16: partner_center.concurrency: \"1000\" is above the maximum 256 (a whole number, 1 to "
     "256)\n"
     "5:9: partner_center.auth: \"app_only\" needs a credential of the application (one of "
     "client_secret, client_secret_file, client_certificate_file)\n"
     "7:14: database.pool_size: \"0\" is below the minimum 1 (a whole number, 1 to 64)\n"
     "8:15: log.level: \"loud\" is none of the known words (one of trace, debug, info, warn, "
     "error)"},
};

} // namespace

TEST(ConfigMessages, OfKeysAndOfRulesAcrossThem) {
    expect_messages(messages);
}

} // namespace pcmirror::test
