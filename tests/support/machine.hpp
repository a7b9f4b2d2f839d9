#pragma once

#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <string>
#include <vector>

namespace pcmirror::testing {

/// Why this machine can't boot another one; empty where it can.
std::string machine_trouble();

/// A machine of the test's own with the real systemd, over this one's files: what `machine` beside
/// this header makes. It ends with this object, at the latest with this process.
class Machine {
  public:
    /// `bound`: directories of this machine that show in it, as `FROM:TO`. Throws where it does not
    /// boot.
    explicit Machine(const std::vector<std::string>& bound);
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// Runs a command in it, as root, to its end.
    [[nodiscard]] Outcome call(const std::vector<std::string>& words) const;
    /// Runs a line of shell in it; throws with its stderr where it fails. Returns its stdout.
    std::string shell(const std::string& line) const;
    /// Repeats a line of shell until it succeeds; false after 45 seconds.
    [[nodiscard]] bool await(const std::string& line) const;

  private:
    TemporaryDirectory directory_;
};

} // namespace pcmirror::testing
