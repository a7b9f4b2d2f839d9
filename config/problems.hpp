#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace pcmirror {

/// A place in a file, both counted from 1; columns count characters, not bytes.
struct Position {
    int line = 1;
    int column = 1;
    friend bool operator==(const Position&, const Position&) = default;

    friend bool operator<(const Position& left, const Position& right) {
        return std::tie(left.line, left.column) < std::tie(right.line, right.column);
    }
};

/// One thing wrong with a configuration.
struct Problem {
    Position at;
    std::string path; ///< `schedules.customers.every`; empty where no key is concerned
    std::string what; ///< ends with what is accepted, in parentheses
    std::string hint; ///< may be empty
    friend bool operator==(const Problem&, const Problem&) = default;
};

/// `a` and `b` -> `a.b`. Of a key only what looks like one is shown: `client_secret=abc` may be
/// what somebody wrote.
std::string join_path(std::string_view path, std::string_view key);

/// Collects what is wrong, so that all of it can be told in one go.
class Problems {
  public:
    void add(Problem problem);
    void add(const Problems& others);

    [[nodiscard]] bool empty() const { return problems_.empty(); }

    [[nodiscard]] std::size_t size() const { return problems_.size(); }

    /// In the order of the file, one a line: `file:line:column: key.path: what`, hints below.
    [[nodiscard]] std::string text(const std::filesystem::path& file) const;

  private:
    std::vector<Problem> problems_;
};

} // namespace pcmirror
