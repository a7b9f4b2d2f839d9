#pragma once

#include "tests/support/temporary_directory.hpp"

#include <string>
#include <vector>

namespace pcmirror::testing {

/// The URL of the server that this run's tests share: $PCMIRROR_TEST_CLUSTER, else the one that the
/// ctest fixture started, else one that this process starts and removes at its end.
const std::string& test_cluster_url();

/// The same URL with another database, and another user where one is given.
std::string
with_database(const std::string& url, const std::string& name, const std::string& user = "");

/// A cluster of the test's own, to be stopped, restarted and starved. Starts at once.
class PrivateCluster {
  public:
    /// `settings` as in `max_connections=10`.
    explicit PrivateCluster(std::vector<std::string> settings = {});
    ~PrivateCluster();
    PrivateCluster(const PrivateCluster&) = delete;
    PrivateCluster& operator=(const PrivateCluster&) = delete;

    /// Of the database `postgres`, as superuser.
    [[nodiscard]] const std::string& url() const { return url_; }

    /// Starts with the same settings, unless others are given. Returns when it takes connections.
    void start();
    void start(std::vector<std::string> settings);
    /// `fast` ends sessions, `immediate` is a crash.
    void stop(const std::string& mode = "fast");
    void restart(const std::string& mode = "fast");

    /// What the server has logged so far.
    [[nodiscard]] std::string log() const;

  private:
    TemporaryDirectory directory_;
    std::vector<std::string> settings_;
    std::string url_;
};

} // namespace pcmirror::testing
