#pragma once

#include "config/secret.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace pcmirror {

/// Which tokens of one kind the API served anybody with, so that a refusal of one call can be told
/// from a refusal of the sign-in. Pure.
class Acceptance {
  public:
    /// Numbers the tokens in the order in which they were first used.
    std::uint64_t number_of(const std::string& token) {
        if (token != last_token_.reveal()) {
            last_token_ = Secret(token);
            ++last_number_;
        }
        return last_number_;
    }

    void accepted(std::uint64_t number) { accepted_ = std::max(accepted_, number); }

    /// Whether this token or a later one served anybody.
    [[nodiscard]] bool since(std::uint64_t number) const { return accepted_ >= number; }

  private:
    Secret last_token_;
    std::uint64_t last_number_ = 0;
    std::uint64_t accepted_ = 0;
};

} // namespace pcmirror
