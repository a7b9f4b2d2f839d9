#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::web {

/// The names under which a server may be asked. A page of anybody's can have its own name lead to
/// this machine (DNS rebinding) and read what is served there as its own; what its script can't
/// do is send another `Host` than that name. Addresses can't be lent out like that.
class OwnNames {
  public:
    /// `localhost` and this machine's name are always among them.
    explicit OwnNames(const std::vector<std::string>& more);

    /// Whether `host` (`name`, `name:port`, `[::1]:port`) is an address or one of the names.
    [[nodiscard]] bool accept(std::string_view host) const;

    /// `an IP address, localhost or monitor.example`.
    [[nodiscard]] std::string in_words() const;

  private:
    std::vector<std::string> names_;
};

} // namespace pcmirror::web
