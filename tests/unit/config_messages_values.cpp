#include "tests/unit/config_messages.hpp"

#include <gtest/gtest.h>

namespace pcmirror::test {

namespace {

const std::vector<Message> messages = {
    {"ListForNumber",
     minimal + "  concurrency: [16]\n",
     "4:16: partner_center.concurrency: is a list (a whole number, 1 to 256)"},
    {"MapForText",
     minimal + "  api_url: {a: b}\n",
     "4:12: partner_center.api_url: is a mapping (an http or https URL, without query)"},
    {"TextForSection",
     minimal + "database: postgresql://u:s3cret@h/d\n",
     "4:11: database: is text (a mapping of url, migrate_url, migrate_on_start, pool_size)"},
    {"ListForSection",
     minimal + "log: [info]\n",
     "4:6: log: is a list (a mapping of level, format)"},
    {"TextForList",
     minimal + "customers: { include: contoso.com }\n",
     "4:23: customers.include: is text (a list of ids or domains, \"*\" for any part)\n"
     "  hint: write a list, one entry too: [ \"...\" ]"},
    {"MapForList",
     minimal + "customers: { include: {a: b} }\n",
     "4:23: customers.include: is a mapping (a list of ids or domains, \"*\" for any part)"},
    {"NoValueForNumber",
     minimal + "  concurrency:\n",
     "4:3: partner_center.concurrency: has no value (a whole number, 1 to 256)"},
    {"NotANumber",
     minimal + "  concurrency: many\n",
     "4:16: partner_center.concurrency: \"many\" is no whole number (a whole number, 1 to 256)"},
    {"Fraction",
     minimal + "  concurrency: 1.5\n",
     "4:16: partner_center.concurrency: \"1.5\" is no whole number (a whole number, 1 to 256)"},
    {"QuotedNumber",
     minimal + "  concurrency: \"16\"\n",
     "4:16: partner_center.concurrency: \"16\" in quotes is text (a whole number, 1 to 256)\n"
     "  hint: leave the quotes off"},
    {"TooSmall",
     minimal + "  concurrency: 0\n",
     "4:16: partner_center.concurrency: \"0\" is below the minimum 1 (a whole number, 1 to 256)"},
    {"Negative",
     minimal + "  requests_per_minute: -1\n",
     "4:24: partner_center.requests_per_minute: \"-1\" is below the minimum 0 (a whole number, 0 "
     "to 1000000)"},
    {"TooLarge",
     minimal + "  concurrency: 257\n",
     "4:16: partner_center.concurrency: \"257\" is above the maximum 256 (a whole number, 1 to "
     "256)"},
    {"Huge",
     minimal + "  max_attempts: 99999999999999999999\n",
     "4:17: partner_center.max_attempts: \"99999999999999999999\" is above the maximum 20 (a whole "
     "number, 1 to 20)"},
    {"FlagWord",
     minimal + "database: { migrate_on_start: maybe }\n",
     "4:31: database.migrate_on_start: \"maybe\" is neither true nor false (true or false)"},
    {"FlagQuoted",
     minimal + "database: { migrate_on_start: \"true\" }\n",
     "4:31: database.migrate_on_start: \"true\" in quotes is text (true or false)\n"
     "  hint: leave the quotes off"},
    {"FlagYes",
     minimal + "write_back: { enabled: yes }\n",
     "4:24: write_back.enabled: \"yes\" is neither true nor false (true or false)"},
    {"FractionTooLarge",
     minimal + "delete_guard: { max_fraction: 1.5 }\n",
     "4:31: delete_guard.max_fraction: \"1.5\" is not between 0 and 1 (a fraction, 0 to 1, such as "
     "0.5)"},
    {"FractionPercent",
     minimal + "delete_guard: { max_fraction: 50% }\n",
     "4:31: delete_guard.max_fraction: \"50%\" is no number (a fraction, 0 to 1, such as 0.5)\n"
     "  hint: 50% is written 0.5"},
    {"FractionNan",
     minimal + "delete_guard: { max_fraction_per_pass: nan }\n",
     "4:40: delete_guard.max_fraction_per_pass: \"nan\" is no number (a fraction, 0 to 1, such as "
     "0.5)"},
    {"DurationNoUnit",
     minimal + "  request_timeout: 180\n",
     "4:20: partner_center.request_timeout: \"180\" is no duration (a duration in whole seconds, "
     "1s or more, such as 90s, 15m, 1h30m or 2d)\n"
     "  hint: add the unit: 180s"},
    {"DurationBad",
     minimal + "shutdown_grace: soon\n",
     "4:17: shutdown_grace: \"soon\" is no duration (a duration, 0s or more, such as 90s, 15m, "
     "1h30m or 2d)"},
    {"DurationShort",
     minimal + "  request_timeout: 500ms\n",
     "4:20: partner_center.request_timeout: \"500ms\" is below the minimum 1s (a duration in whole "
     "seconds, 1s or more, such as 90s, 15m, 1h30m or 2d)"},
    {"DurationPart",
     minimal + "  request_timeout: 1500ms\n",
     "4:20: partner_center.request_timeout: \"1500ms\" has a part of a second (a duration in whole "
     "seconds, 1s or more, such as 90s, 15m, 1h30m or 2d)"},
    {"DurationNegative",
     minimal + "shutdown_grace: -5s\n",
     "4:17: shutdown_grace: \"-5s\" is no duration (a duration, 0s or more, such as 90s, 15m, "
     "1h30m or 2d)"},
    {"Choice",
     minimal + "  cloud: globl\n",
     "4:10: partner_center.cloud: \"globl\" is none of the known words (one of global, china, "
     "us_government)\n"
     "  hint: did you mean \"global\"?"},
    {"ChoiceFar",
     minimal + "  auth: password\n",
     "4:9: partner_center.auth: \"password\" is none of the known words (one of app_user, "
     "app_only, auto)"},
    {"ChoiceNone",
     minimal + "log: { level: }\n",
     "4:8: log.level: has no value (one of trace, debug, info, warn, error)"},
    {"LogLevel",
     minimal + "log: { level: warning, format: xml }\n",
     "4:15: log.level: \"warning\" is none of the known words (one of trace, debug, info, warn, "
     "error)\n"
     "  hint: did you mean \"warn\"?\n"
     "4:32: log.format: \"xml\" is none of the known words (one of text, json)"},
    {"UrlScheme",
     minimal + "  api_url: ftp://host\n",
     "4:12: partner_center.api_url: \"ftp://host\" is no http or https URL (an http or https URL, "
     "without query)"},
    {"UrlQuery",
     minimal + "  login_url: https://host/?a=b\n",
     "4:14: partner_center.login_url: \"https://host/?a=b\" has a query or a fragment, which has "
     "no place in it (an http or https URL, without query)"},
    {"UrlUser",
     minimal + "  api_url: https://u:s3cret@host\n",
     "4:12: partner_center.api_url: the value has a user name, which has no place in it (an http "
     "or https URL, without query)"},
    {"UrlPort",
     minimal + "  api_url: https://host:99999\n",
     "4:12: partner_center.api_url: \"https://host:99999\" has no valid port (an http or https "
     "URL, without query)"},
    {"UrlNoHost",
     minimal + "  resource: https:///x\n",
     "4:13: partner_center.resource: \"https:///x\" has no host (an http or https URL, without "
     "query)"},
    {"Proxy",
     minimal + "  proxy: http://u:s3cret@host\n",
     "4:10: partner_center.proxy: the value has no valid port (http://host:port)"},
    {"ProxyHttps",
     minimal + "  proxy: https://host:1\n",
     "4:10: partner_center.proxy: \"https://host:1\" is no http URL (http://host:port)"},
    {"Tenant",
     "partner_center:\n"
     "  tenant_id: common\n"
     "  client_id: abc\n",
     "2:14: partner_center.tenant_id: \"common\" is neither a GUID nor a domain (the partner's "
     "tenant: a GUID or a domain such as contoso.onmicrosoft.com)\n"
     "3:14: partner_center.client_id: \"abc\" is no GUID (the application's GUID)"},
    {"DatabaseUrl",
     minimal + "database: { url: s3cret }\n",
     "4:18: database.url: the value is no libpq connection string (a libpq connection string, or a "
     "URI such as postgresql:///pcmirror)"},
    {"DatabaseScheme",
     minimal + "database: { url: \"mysql://u:s3cret@h/d\" }\n",
     "4:18: database.url: the value is no PostgreSQL URI (a libpq connection string, or a URI such "
     "as postgresql:///pcmirror)"},
    {"EmptyPattern",
     minimal + "customers: { exclude: [\"\"] }\n",
     "4:24: customers.exclude[0]: is empty (a list of ids or domains, \"*\" for any part)"},
    {"Operation",
     minimal + "write_back: { operations: [Create User] }\n",
     "4:28: write_back.operations[0]: \"Create User\" is no operation (a list of operations, such "
     "as create_user or update_subscription.quantity)"},
    {"Listen",
     minimal + "admin: { listen: localhost }\n",
     "4:18: admin.listen: \"localhost\" has no port (host:port, or nothing to switch it off)"},
    {"ListenPort",
     minimal + "admin: { listen: \"localhost:http\" }\n",
     "4:18: admin.listen: \"localhost:http\" has no valid port (host:port, or nothing to switch it "
     "off)"},
    {"EnvValueHidden",
     minimal + "log: { level: \"${SECRET}\" }\n",
     "4:15: log.level: what \"${SECRET}\" stands for is none of the known words (one of trace, "
     "debug, info, warn, error)"},
    {"EnvNumber",
     minimal + "  concurrency: ${SECRET}\n",
     "4:16: partner_center.concurrency: what \"${SECRET}\" stands for is no whole number (a whole "
     "number, 1 to 256)"},
    {"GuardRows",
     minimal + "delete_guard: { min_rows: -3 }\n",
     "4:27: delete_guard.min_rows: \"-3\" is below the minimum 0 (a whole number, 0 to "
     "1000000000)"},
    {"WriteBack",
     minimal + "write_back: { workers: 65, max_attempts: 0, give_up_after: 0s, keep: 0s }\n",
     "4:24: write_back.workers: \"65\" is above the maximum 64 (a whole number, 1 to 64)\n"
     "4:42: write_back.max_attempts: \"0\" is below the minimum 1 (a whole number, 1 to 100)\n"
     "4:60: write_back.give_up_after: \"0s\" is below the minimum 1s (a duration in whole seconds, "
     "1s or more, such as 90s, 15m, 1h30m or 2d)\n"
     "4:70: write_back.keep: \"0s\" is below the minimum 1s (a duration in whole seconds, 1s or "
     "more, such as 90s, 15m, 1h30m or 2d)"},
    {"Keep",
     minimal + "history: { keep: forever }\n",
     "4:18: history.keep: \"forever\" is no duration (a duration in whole seconds, 1s or more, "
     "such as 90s, 15m, 1h30m or 2d)"},
    {"UrlBlank",
     minimal + "  api_url: https://ho st\n",
     "4:12: partner_center.api_url: \"https://ho st\" has no host (an http or https URL, without "
     "query)"},
    {"Section",
     minimal + "write_back: enabled\n",
     "4:13: write_back: is text (a mapping of enabled, workers, max_attempts, give_up_after, "
     "settle_time, operations, keep)"},
};

} // namespace

TEST(ConfigMessages, OfSingleValues) {
    expect_messages(messages);
}

} // namespace pcmirror::test
