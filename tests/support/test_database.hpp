#pragma once

#include "config/secret.hpp"
#include "tests/support/cluster.hpp"

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace pcmirror::testing {

using Rows = std::vector<std::vector<std::optional<std::string>>>;

/// What a test's database starts as.
enum class Content {
    migrated, ///< as after `pcmirror migrate`: cloned from a template that is made once per cluster
    empty,
};

/// A database of the test's own, dropped at the end. PCMIRROR_KEEP_TEST_DB=1 keeps it and says
/// where it is.
class TestDatabase {
  public:
    explicit TestDatabase(
        Content content = Content::migrated, const std::string& cluster_url = test_cluster_url()
    );
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    /// As superuser.
    [[nodiscard]] const std::string& url() const { return url_; }

    [[nodiscard]] Secret secret_url() const { return Secret(url_); }

    [[nodiscard]] std::string url_as(const std::string& user) const;

    [[nodiscard]] const std::string& name() const { return name_; }

    /// Each call is a connection of its own, so they outlive a restart of the server.
    void execute(const std::string& sql) const;
    [[nodiscard]] Rows rows(const std::string& sql) const;
    /// The first field of the first row; nothing when it is NULL or there is no row.
    [[nodiscard]] std::optional<std::string> value(const std::string& sql) const;
    /// `value` as a number; throws when there is none.
    [[nodiscard]] long long number(const std::string& sql) const;

  private:
    std::string cluster_url_;
    std::string name_;
    std::string url_;
};

} // namespace pcmirror::testing
