#pragma once

#include "tests/support/test_database.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>

namespace pcmirror::testing {

/// A GUID that ends in this number.
inline std::string numbered(int number) {
    return fmt::format("00000000-0000-0000-0000-{:012}", number);
}

/// A mirror whose rows a test writes itself. Values that are not ids are SQL: `'text'`, `null`.
class ReportingFixture : public ::testing::Test {
  protected:
    void customer(const std::string& id, const std::string& name = "'Contoso'") const {
        database_.execute(fmt::format(
            "insert into partner_center.customers (customer_id, company_name) values ('{}', {})",
            id,
            name
        ));
    }

    void user(
        const std::string& customer,
        int number,
        const std::string& state = "'active'",
        const std::string& deleted = "null"
    ) const {
        database_.execute(fmt::format(
            "insert into partner_center.users (customer_id, user_id, user_principal_name, state, "
            "soft_deletion_time) values ('{}', '{}', 'user{}', {}, {})",
            customer,
            numbered(number),
            number,
            state,
            deleted
        ));
    }

    void
    sku(const std::string& customer,
        const std::string& id,
        const std::string& consumed,
        const std::string& target_type = "'User'") const {
        database_.execute(fmt::format(
            "insert into partner_center.subscribed_skus (customer_id, sku_id, target_type, "
            "total_units, consumed_units) values ('{}', '{}', {}, 10, {})",
            customer,
            id,
            target_type,
            consumed
        ));
    }

    void license(const std::string& customer, int user, const std::string& sku) const {
        database_.execute(fmt::format(
            "insert into partner_center.user_licenses (customer_id, user_id, sku_id) values ('{}', "
            "'{}', '{}')",
            customer,
            numbered(user),
            sku
        ));
    }

    /// How far the licenses of a customer were read.
    void licenses_read(
        const std::string& customer,
        const std::string& whole = "false",
        const std::string& read_to = "null",
        const std::string& resource = "user_licenses"
    ) const {
        database_.execute(fmt::format(
            "insert into pcmirror.row_reads (customer_id, resource, outer_table, whole, read_to) "
            "values ('{}', '{}', 'users', {}, {})",
            customer,
            resource,
            whole,
            read_to
        ));
    }

    void owed(const std::string& customer, int user, const std::string& resource = "user_licenses")
        const {
        database_.execute(fmt::format(
            "insert into pcmirror.owed_reads (customer_id, resource, row_id) values ('{}', '{}', "
            "'{}')",
            customer,
            resource,
            numbered(user)
        ));
    }

    /// `columns` and `values` beside the ids, as in `"status"`, `"'active'"`.
    void subscription(
        const std::string& customer,
        const std::string& id,
        const std::string& columns,
        const std::string& values
    ) const {
        database_.execute(fmt::format(
            "insert into partner_center.subscriptions (customer_id, subscription_id, {}) values "
            "('{}', '{}', {})",
            columns,
            customer,
            id,
            values
        ));
    }

    /// `customer` as SQL, too: NULL is the partner's own.
    void scope(
        const std::string& customer,
        const std::string& state,
        const std::string& last_success,
        const std::string& last_error = "null",
        const std::string& resource = "users"
    ) const {
        database_.execute(fmt::format(
            "insert into pcmirror.sync_scopes (resource, customer_id, state, last_success_at, "
            "last_error) values ('{}', {}, '{}', {}, {})",
            resource,
            customer,
            state,
            last_success,
            last_error
        ));
    }

    const std::string contoso_ = numbered(1);
    const std::string fabrikam_ = numbered(2);
    TestDatabase database_;
};

} // namespace pcmirror::testing
