#pragma once

#include "tests/support/test_database.hpp"

#include <pqxx/pqxx>

namespace pcmirror::testing {

/// For as long as it lives no process on the database sends a request: each claims the scopes that
/// it reads beside each other, and waits for the budget.
class HeldRequests {
  public:
    explicit HeldRequests(const TestDatabase& database)
        : connection_(database.url()), transaction_(connection_) {
        transaction_.exec("lock table pcmirror.request_budget in access exclusive mode");
    }

  private:
    pqxx::connection connection_;
    pqxx::work transaction_;
};

/// How many processes have claimed subscriptions of customers.
inline constexpr const char* claimants =
    "select count(distinct lease_daemon) from pcmirror.sync_scopes where resource = "
    "'subscriptions'";

} // namespace pcmirror::testing
