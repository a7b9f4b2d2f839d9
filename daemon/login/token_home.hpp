#pragma once

#include "config/secret.hpp"
#include "sync/http/clock.hpp"

#include <filesystem>
#include <string>

namespace pcmirror {

/// The refresh token's file as it is now.
struct TokenFile {
    std::filesystem::path file; ///< what a link leads to
    std::string owner;
    std::string group;
    std::string mode;    ///< `0600`
    std::string warning; ///< why the service may not be able to rotate it, and the command to run
};

/// Where a refresh token is going to live, so that the service's user can rotate it whoever signs
/// in. A file that root makes gets the owner and group of its directory, which is the service's.
class TokenHome {
  public:
    /// Sees whether the file can be written, before somebody signs in for nothing. Throws `Error`
    /// (fix_config): it can't, or, as root, a link was put there by somebody who has no business
    /// where it leads.
    explicit TokenHome(std::filesystem::path file);

    /// Stores the token, mode 0600, durable on return. No other process rotates it meanwhile.
    asio::awaitable<void> store(Secret token, Clock& clock) const;

    [[nodiscard]] TokenFile look() const;

  private:
    std::filesystem::path file_;
};

} // namespace pcmirror
