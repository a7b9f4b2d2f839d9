#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// Behaviours that nobody has pinned down, or that tests want to turn.
enum class Switch : std::size_t {
    bom,
    bom_on_errors,
    layout,
    charset,
    gzip,
    nulls,
    guid_case,
    time_forms,
    enum_spelling,
    array_order,
    member_order,
    escapes,
    spelling_seed,
    page_size,
    oversized_page,
    link_prefix,
    link_headers,
    continuation_member,
    total_count,
    unknown_customer,
    delegated_access,
    detailed_listings,
    user_listing_details,
    inactive_user,
    inactive_user_licenses,
    deleted_keep_licenses,
    deleted_are_counted,
    counter_lag,
    app_only_status,
    mfa_compliant,
    requests_per_minute,
    throttle_window,
    latency,
    lag,
    item_lag,
    request_ids,
    request_ids_kept,
    stale_etag,
    subscription_etag,
    patch_resets,
    accepted,
    accepted_lag,
    create_user_status,
    echo_passwords,
    password_path,
    license_warnings,
};

inline constexpr std::size_t switch_count = static_cast<std::size_t>(Switch::license_warnings) + 1;

// The values of the switches that are no numbers, in the order that the table lists them.
enum Toggle : std::int64_t { off, on };

enum Layout : std::int64_t { compact, spread };

enum Nulls : std::int64_t { left_out, written, either_way };

enum Spelling : std::int64_t { uniform, mixed };

enum GuidCase : std::int64_t { lower, upper, any_case };

enum Oversized : std::int64_t { clamped, refused };

enum LinkPrefix : std::int64_t { bare, with_v1, alternating, doubled };

enum TotalCount : std::int64_t { of_page, of_listing, zero };

enum DelegatedAccess : std::int64_t { some, everywhere, nowhere };

enum RequestIdMode : std::int64_t { replayed, ignored, forgotten };

enum SubscriptionEtag : std::int64_t { of_either, of_header, of_body, of_none };

enum Accepted : std::int64_t { never_accepted, some_accepted, all_accepted };

enum PasswordPath : std::int64_t { either_path, own_path, patch_path };

struct SwitchDescription {
    Switch id = Switch::bom;
    std::string_view name = {};
    std::string_view choices = {}; ///< `off|on`; empty: a number
    std::int64_t initial = 0;
    std::string_view help = {};
};

std::span<const SwitchDescription> switch_descriptions();

/// The value of each switch.
class SwitchValues {
  public:
    SwitchValues();

    std::int64_t operator[](Switch which) const { return values_[static_cast<std::size_t>(which)]; }

    [[nodiscard]] bool is_on(Switch which) const { return (*this)[which] == on; }

    void set(Switch which, std::int64_t value) { values_[static_cast<std::size_t>(which)] = value; }

    /// Counts what was set, of any customer: for one customer equal versions have equal values.
    std::uint64_t version = 0;

  private:
    std::array<std::int64_t, switch_count> values_{};
};

/// The switches of the whole partner and those that differ for single customers.
class Switches {
  public:
    /// Sets a switch by its name and a value by its text; returns what is wrong, or nothing.
    /// `customer`: a lower-case id, or empty for all.
    std::optional<std::string>
    set(const std::string& customer, std::string_view name, std::string_view value);

    [[nodiscard]] SwitchValues of(const std::string& customer) const;

  private:
    mutable std::shared_mutex mutex_;
    SwitchValues all_;
    std::map<std::string, std::map<Switch, std::int64_t>> customers_;
};

/// `name=value` lines for the help.
std::string describe_switches();

/// The text of a switch's value.
std::string spell_switch(const SwitchDescription& description, std::int64_t value);

} // namespace pcmirror::simulator
