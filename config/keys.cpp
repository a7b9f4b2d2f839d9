#include "config/keys.hpp"

#include "config/by_resource.hpp"
#include "config/checks.hpp"
#include "config/files.hpp"
#include "config/partner_center.hpp"
#include "config/schedules.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror {

namespace {

Keys<DatabaseSettings> database_keys() {
    using Section = DatabaseSettings;
    const std::string accepted =
        "a libpq connection string, or a URI such as postgresql:///pcmirror";
    return {
        key<Section>("url", &Section::url, secret(accepted, check_database_url)),
        key<Section>("migrate_url", &Section::migrate_url, secret(accepted, check_database_url)),
        key<Section>("migrate_on_start", &Section::migrate_on_start, flag()),
        key<Section>("pool_size", &Section::pool_size, whole_number(1, 64))};
}

Keys<CustomerFilter> customer_keys() {
    using Section = CustomerFilter;
    const auto patterns = list_of("ids or domains, \"*\" for any part", check_customer_pattern);
    return {
        key<Section>("include", &Section::include, patterns),
        key<Section>("exclude", &Section::exclude, patterns)};
}

template <class Section> Key<Section> limit(Key<GuardLimits> limit, GuardLimits Section::*member) {
    return {
        limit.name,
        limit.accepted,
        false,
        [=](const Place& place, Section& section) { limit.read(place, section.*member); },
        [=](const Section& section, const std::string& path, ShownKeys& shown) {
            limit.show(section.*member, path, shown);
        }};
}

Keys<GuardLimits> limit_keys() {
    return {
        key<GuardLimits>("max_fraction", &GuardLimits::max_fraction, fraction()),
        key<GuardLimits>("max_fraction_per_pass", &GuardLimits::max_fraction_per_pass, fraction()),
        key<GuardLimits>("min_rows", &GuardLimits::min_rows, whole_number(0, 1'000'000'000))};
}

Keys<DeleteGuardSettings> delete_guard_keys() {
    using Section = DeleteGuardSettings;
    Keys<Section> keys;
    for (const Key<GuardLimits>& general : limit_keys())
        keys.push_back(limit<Section>(general, &Section::limits));
    // Last, since a resource inherits what the general limits are by then.
    keys.push_back(by_resource<Section, GuardLimits>(
        "resources",
        {&Section::resources,
         limit_keys(),
         [](const Section& section, const Resource& resource) {
             return default_limits(section, resource.name);
         },
         [](const Place&, const Resource&, GuardLimits&) {}}
    ));
    return keys;
}

Keys<Settings> history_keys() {
    return {key<Settings>("keep", &Settings::history_keep, duration(Seconds(1)))};
}

Keys<WriteBackSettings> write_back_keys() {
    using Section = WriteBackSettings;
    const auto operations =
        list_of("operations, such as create_user or update_subscription.quantity", check_operation);
    return {
        key<Section>("enabled", &Section::enabled, flag()),
        key<Section>("workers", &Section::workers, whole_number(1, 64)),
        key<Section>("max_attempts", &Section::max_attempts, whole_number(1, 100)),
        key<Section>("give_up_after", &Section::give_up_after, duration(Seconds(1))),
        key<Section>("settle_time", &Section::settle_time, maybe(duration(Seconds(0)))),
        key<Section>("operations", &Section::operations, operations),
        key<Section>("keep", &Section::keep, duration(Seconds(1)))};
}

Keys<Settings> admin_keys() {
    const std::string accepted = "host:port, or nothing to switch it off";
    return {key<Settings>("listen", &Settings::admin_listen, text(accepted, check_listen))};
}

Keys<LogSettings> log_keys() {
    const auto level = one_of({"trace", "debug", "info", "warn", "error"});
    const auto format = one_of<bool>({{"text", false}, {"json", true}});
    return {
        key<LogSettings>("level", &LogSettings::level, level),
        key<LogSettings>("format", &LogSettings::json, format)};
}

/// A section whose values are kept in the settings themselves.
Key<Settings> flat_section(std::string name, const Keys<Settings>& keys) {
    return {
        std::move(name),
        "a mapping of " + listed(names_of(keys)),
        false,
        [keys](const Place& place, Settings& settings) { read_section(place, settings, keys); },
        [keys](const Settings& settings, const std::string& path, ShownKeys& shown) {
            show_section(settings, path, keys, shown);
        },
        paths_of(keys)};
}

Keys<Settings> make_settings_keys() {
    const auto finish = [](const Place& place, Settings& settings) {
        finish_partner_center(place, settings.partner_center);
    };
    return {
        then<Settings>(
            section("partner_center", &Settings::partner_center, partner_center_keys()), finish
        ),
        section("database", &Settings::database, database_keys()),
        then<Settings>(schedules_key(), finish_schedules),
        section("customers", &Settings::customers, customer_keys()),
        section("delete_guard", &Settings::delete_guard, delete_guard_keys()),
        flat_section("history", history_keys()),
        section("write_back", &Settings::write_back, write_back_keys()),
        flat_section("admin", admin_keys()),
        section("log", &Settings::log, log_keys()),
        key<Settings>("state_directory", &Settings::state_directory, path_beside("a directory")),
        key<Settings>("shutdown_grace", &Settings::shutdown_grace, duration(Milliseconds(0)))};
}

} // namespace

GuardLimits default_limits(const DeleteGuardSettings& settings, std::string_view resource) {
    // With a customer everything below it goes, too.
    constexpr std::string_view watched = "customers";
    constexpr double watched_fraction = 0.1;
    GuardLimits limits = settings.limits;
    if (resource == watched)
        limits.max_fraction = std::min(limits.max_fraction, watched_fraction);
    return limits;
}

const Keys<Settings>& settings_keys() {
    static const Keys<Settings> keys = make_settings_keys();
    return keys;
}

const std::vector<std::string>& known_keys() {
    static const std::vector<std::string> paths = paths_of(settings_keys());
    return paths;
}

ShownKeys show_settings(const Settings& settings) {
    ShownKeys shown;
    show_section(settings, "", settings_keys(), shown);
    return shown;
}

} // namespace pcmirror
