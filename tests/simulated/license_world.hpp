#pragma once

#include "tests/support/engine_test.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <set>

namespace pcmirror::testing {

/// A world of users with licenses, and what tests of their reading ask it.
class LicenseWorld : public EngineTest {
  protected:
    static constexpr const char* licenses = "user_licenses";
    static constexpr const char* asks = "list_user_licenses";

    /// Reads the customers, users and counters, then all licenses.
    void mirrored_world(std::vector<std::string> options) {
        options.insert(options.end(), {"--subscriptions", "0"});
        world(std::move(options));
        engine(no_guard());
        engine().pass("customers");
        read_licenses();
        forget_requests();
    }

    static json no_guard() {
        return {{"delete_guard", {{"max_fraction", 1.0}, {"max_fraction_per_pass", 1.0}}}};
    }

    /// Users and counters, then licenses, as the schedules do it.
    PassReport read_licenses(PassOptions options = {}) {
        engine().pass("users");
        engine().pass("subscribed_skus");
        return engine().pass(licenses, std::move(options));
    }

    /// The clock of license reads goes on, or that of a column alone; for the tests nothing else
    /// depends on it.
    void wait(const std::string& interval) {
        for (const char* column : {"rolled_at", "whole_read_at", "applied_at"})
            wait(interval, column);
    }

    void wait(const std::string& interval, const std::string& column) {
        database_.execute(fmt::format(
            "update pcmirror.row_reads set {0} = {0} - interval '{1}'", column, interval
        ));
    }

    /// Users that were asked for their licenses since the log was cleared.
    [[nodiscard]] std::multiset<std::string> asked_users() const {
        std::multiset<std::string> users;
        for (const json& entry : requests(asks)) {
            const std::string path = entry.at("path");
            const std::size_t at = path.find("/users/") + 7;
            users.insert(path.substr(at, 36));
        }
        return users;
    }

    [[nodiscard]] std::size_t licenses_asked() const { return asked(asks); }

    /// A user of a customer by a condition on `u` of partner_center.users.
    [[nodiscard]] std::string
    user_where(const std::string& customer, const std::string& condition) const {
        return database_
            .value(
                "select user_id::text from partner_center.users u where customer_id = '" +
                customer + "' and " + condition + " order by user_id desc limit 1"
            )
            .value();
    }

    /// An active one that holds nothing and may be given something; or that holds a SKU.
    [[nodiscard]] std::string unlicensed_user(const std::string& customer) const {
        return user_where(
            customer,
            "state = 'active' and usage_location is not null and not exists (select from "
            "partner_center.user_licenses l where l.user_id = u.user_id)"
        );
    }

    [[nodiscard]] std::string holder(const std::string& customer, const std::string& sku) const {
        return user_where(
            customer,
            "state = 'active' and exists (select from partner_center.user_licenses l where "
            "l.user_id = u.user_id and l.sku_id = '" +
                sku + "')"
        );
    }

    /// The SKU of group1 that most users hold; it has seats left.
    [[nodiscard]] std::string sku_of(const std::string& customer) const {
        return database_
            .value(
                "select sku_id from partner_center.subscribed_skus where customer_id = '" +
                customer +
                "' and target_type = 'User' and license_group_id = 'group1' order by "
                "consumed_units desc, sku_id limit 1"
            )
            .value();
    }

    /// The one after that.
    [[nodiscard]] std::string other_sku(const std::string& sku) const {
        return database_
            .value(
                "select sku_id from partner_center.subscribed_skus where target_type = 'User' and "
                "license_group_id = 'group1' and sku_id <> '" +
                sku + "' order by consumed_units desc limit 1"
            )
            .value();
    }

    [[nodiscard]] std::string big() const { return customer(0); }

    /// The service counts so many more holders than there are.
    void count_more(const std::string& sku, long long by) {
        const long long counted = database_.number(
            "select consumed_units from partner_center.subscribed_skus where sku_id = '" + sku + "'"
        );
        change({{"set_sku", {big(), sku, {{"consumedUnits", counted + by}}}}});
    }

    /// A user that the mirror knows to be new is given a license; returns its id.
    std::string license_a_new_user() {
        change({{"add_users", {big(), 1}}});
        engine().pass("users");
        std::string user =
            database_.value("select row_id from pcmirror.owed_reads where not again").value();
        change({{"assign_license", {big(), user, sku_of(big())}}});
        return user;
    }

    /// Nor do the counters show it for now.
    void license_a_new_user_behind_the_counters() {
        turn({{"counter_lag", 3'600'000}});
        license_a_new_user();
    }

    void expect_licenses_equal_world() const {
        for (const char* resource : {"users", "subscribed_skus", licenses})
            EXPECT_EQ(mirrored(database_, resource), truth(simulator(), resource)) << resource;
    }
};

} // namespace pcmirror::testing
