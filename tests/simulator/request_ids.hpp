#pragma once

#include "tests/simulator/wire.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace pcmirror::simulator {

/// The first answers to writes, by method, path and MS-RequestId: a repeated request gets the same
/// one, and has no second effect.
class RequestIds {
  public:
    [[nodiscard]] std::optional<Reply> find(const std::string& request) const;
    /// Forgets the oldest beyond `most`.
    void keep(const std::string& request, const Reply& reply, std::size_t most);
    void clear();

  private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Reply> replies_;
    std::deque<std::string> order_;
};

} // namespace pcmirror::simulator
