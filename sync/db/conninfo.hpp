#pragma once

#include "config/secret.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pcmirror {

/// A libpq connection string (`host=... dbname=...` or `postgresql://...`) taken apart by libpq
/// itself. What it leaves out comes from the PG* variables when the connection is made.
class ConnectionString {
  public:
    /// Throws `Error` (fix_config) that shows nothing of the text, since it may hold a password.
    explicit ConnectionString(const Secret& text);

    [[nodiscard]] bool has(std::string_view keyword) const;
    /// The value of a keyword; empty where it is absent.
    [[nodiscard]] std::string get(std::string_view keyword) const;
    /// Sets a keyword unless the text or `environment` does.
    void set_default(std::string_view keyword, std::string value, const char* environment);

    /// `keyword='value' ...`, passwords included.
    [[nodiscard]] std::string text() const;
    /// For messages: in the form it came in, passwords replaced by `***`.
    [[nodiscard]] std::string shown() const;

  private:
    [[nodiscard]] std::string shown_uri() const;

    bool is_uri_ = false;
    std::vector<std::pair<std::string, std::string>> options_;
};

} // namespace pcmirror
