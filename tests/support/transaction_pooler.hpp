#pragma once

#include "tests/support/database_proxy.hpp"

#include <string>

namespace pcmirror::testing {

/// A connection pooler in transaction mode at its worst: each client's transactions take turns
/// between two sessions of the server.
class TransactionPooler {
  public:
    /// As that of `DatabaseProxy`.
    explicit TransactionPooler(const std::string& database_url);

    [[nodiscard]] std::string url() const { return proxy_.url(); }

  private:
    void play(DatabaseProxy::Client& client, const std::string& startup);

    DatabaseProxy proxy_;
};

} // namespace pcmirror::testing
