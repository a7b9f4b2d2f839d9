#pragma once

#include "tests/simulator/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>

namespace pcmirror::simulator {

/// Which state of things an answer shows.
struct Versions {
    std::uint64_t world = 0; ///< of the customer, where the answer is about one
    std::uint64_t switches = 0;
    bool operator==(const Versions&) const = default;
};

/// Answers that were given and are given again as long as they would come out the same: making a
/// page costs more than a client's work on it.
class Answers {
  public:
    /// `room` in bytes; 0: none is kept. When it is used up what is there stays, so that a walk
    /// over more than fits still finds as much as fits.
    explicit Answers(std::size_t room) : room_(room) {}

    /// Null: none, or one that shows another state.
    [[nodiscard]] std::shared_ptr<const Reply>
    find(const std::string& question, const Versions& versions);
    /// In place of what was kept for the question.
    void keep(const std::string& question, const Versions& versions, const Reply& reply);

    /// How many were found and not found, how many are kept, in how many bytes.
    [[nodiscard]] nlohmann::json stats() const;

  private:
    struct Kept {
        Versions versions;
        std::size_t size = 0;
        std::shared_ptr<const Reply> reply;
    };

    std::size_t room_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Kept> kept_;
    std::size_t size_ = 0;
    std::uint64_t found_ = 0;
    std::uint64_t missed_ = 0;
};

} // namespace pcmirror::simulator
