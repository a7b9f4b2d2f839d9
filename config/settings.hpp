#pragma once

#include "config/secret.hpp"
#include "schema/resource.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

using Seconds = std::chrono::seconds;
using Milliseconds = std::chrono::milliseconds;

enum class Auth { app_user, app_only, automatic };

/// How to reach Partner Center; URLs without trailing slash.
struct PartnerCenterSettings {
    Cloud cloud = Cloud::global;
    std::string api_url = "https://api.partnercenter.microsoft.com";
    std::string login_url = "https://login.microsoftonline.com";
    std::string resource = "https://api.partnercenter.microsoft.com";
    std::string tenant_id;
    std::string client_id;
    Auth auth = Auth::app_user;
    Secret client_secret;                     ///< from client_secret or client_secret_file
    std::filesystem::path client_secret_file; ///< resolved; read anew at each sign-in when set
    std::filesystem::path client_certificate_file;
    std::filesystem::path refresh_token_file;
    std::filesystem::path tls_ca_file;
    std::string proxy;
    int concurrency = 16;
    int requests_per_minute = 500; ///< 0: no budget
    Seconds request_timeout{180};
    int max_attempts = 6;
};

struct DatabaseSettings {
    Secret url = Secret("postgresql:///pcmirror"); ///< may hold a password
    Secret migrate_url;                            ///< empty: url
    bool migrate_on_start = true;
    int pool_size = 4;
};

/// One entry of `schedules`: either `every` or `cron`.
struct Schedule {
    std::optional<Milliseconds> every;
    std::string cron;
    std::string timezone;
    Milliseconds jitter{0};
    std::optional<Milliseconds> stale_after; ///< default: three intervals
    std::optional<Milliseconds> full_every;
};

struct CustomerFilter {
    std::vector<std::string> include; ///< ids or domains, lower case, `*` wildcards; empty: all
    std::vector<std::string> exclude;
};

struct GuardLimits {
    double max_fraction = 0.5; ///< of customers at most 0.1, unless the file says more
    double max_fraction_per_pass = 0.1;
    int min_rows = 20;
};

struct DeleteGuardSettings {
    GuardLimits limits;
    std::map<std::string, GuardLimits> resources; ///< complete limits: defaults already filled in
    [[nodiscard]] const GuardLimits& of(const std::string& resource) const;
};

struct WriteBackSettings {
    bool enabled = true;
    int workers = 4;
    int max_attempts = 8;
    Seconds give_up_after = std::chrono::hours(48);
    /// How long reads may lag behind writes; without it as each operation is described.
    std::optional<Seconds> settle_time = {};
    std::vector<std::string> operations;
    Seconds keep = std::chrono::hours(24 * 90);
};

struct LogSettings {
    std::string level = "info"; ///< trace | debug | info | warn | error
    bool json = false;
};

/// The whole configuration; every member has the default that contract and example state.
struct Settings {
    std::filesystem::path file; ///< where it was read from
    PartnerCenterSettings partner_center;
    DatabaseSettings database;
    std::map<std::string, Schedule> schedules; ///< by resource; without the section: the defaults
    CustomerFilter customers;
    DeleteGuardSettings delete_guard;
    Seconds history_keep = std::chrono::hours(24 * 400);
    WriteBackSettings write_back;
    std::string admin_listen = "127.0.0.1:9187"; ///< empty: off
    LogSettings log;
    std::filesystem::path state_directory = "/var/lib/pcmirror";
    Milliseconds shutdown_grace = std::chrono::seconds(20);
};

} // namespace pcmirror
