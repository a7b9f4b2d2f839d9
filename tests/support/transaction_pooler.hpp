#pragma once

#include <memory>
#include <string>

namespace pcmirror::testing {

/// A connection pooler in transaction mode at its worst: each client's transactions take turns
/// between two sessions of the server. Listens on a free port of 127.0.0.1.
class TransactionPooler {
  public:
    /// `database_url` must reach the server through a Unix socket (`?host=/...`) without password.
    explicit TransactionPooler(const std::string& database_url);
    ~TransactionPooler();
    TransactionPooler(const TransactionPooler&) = delete;
    TransactionPooler& operator=(const TransactionPooler&) = delete;

    [[nodiscard]] std::string url() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace pcmirror::testing
