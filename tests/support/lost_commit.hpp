#pragma once

#include "tests/support/database_proxy.hpp"

#include <atomic>
#include <string>

namespace pcmirror::testing {

/// A network that fails at the worst moment: of one transaction the commit takes effect, and its
/// answer is lost together with the connection.
class LostCommit {
  public:
    /// As that of `DatabaseProxy`; loses the first commit of a transaction one of whose statements
    /// holds `word`, once `arm` was called.
    LostCommit(const std::string& database_url, std::string word);

    [[nodiscard]] std::string url() const { return proxy_.url(); }

    void arm() { armed_ = true; }

    [[nodiscard]] bool lost() const { return lost_; }

  private:
    void play(DatabaseProxy::Client& client, const std::string& startup);
    void ask(DatabaseProxy::Client& client, DatabaseProxy::Server& server, std::atomic<bool>& lose);
    void answer(
        DatabaseProxy::Client& client, DatabaseProxy::Server& server, const std::atomic<bool>& lose
    );

    std::string word_;
    std::atomic<bool> armed_ = false;
    std::atomic<bool> lost_ = false;
    DatabaseProxy proxy_;
};

} // namespace pcmirror::testing
