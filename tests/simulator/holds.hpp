#pragma once

#include "tests/simulator/states.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pcmirror::simulator {

/// Who looks at the world.
enum class Reader : std::uint8_t {
    truth, ///< sees everything at once
    listing,
    item, ///< a GET of one thing
};

/// From then on its readers see a customer as it was.
struct Hold {
    std::optional<std::uint32_t> customer = {}; ///< nothing: all of them
    Reader reader = Reader::truth;
    Clock::time_point since = {};
};

/// A change of a subscription that was accepted and shows later.
struct Deferral {
    std::uint32_t customer = 0;
    std::uint32_t subscription = 0;
    Clock::time_point since = {};
    Clock::time_point until = {};
};

/// What readers do not see yet, though it has happened.
class Holds {
  public:
    void hold(std::optional<std::uint32_t> customer, Reader reader);
    /// Before the change is made.
    void defer(std::uint32_t customer, std::uint32_t subscription, Clock::time_point until);
    /// Nothing: everything.
    void release(std::optional<std::uint32_t> customer);

    /// The latest moment that a reader sees.
    [[nodiscard]] Clock::time_point seen(Reader reader, std::uint32_t customer) const;
    [[nodiscard]] Clock::time_point
    seen(Reader reader, std::uint32_t customer, std::uint32_t subscription) const;

    [[nodiscard]] bool is_deferred(std::uint32_t customer, std::uint32_t subscription) const;
    /// Whether something will show without anybody's doing.
    [[nodiscard]] bool is_about_to_change() const;
    /// Nobody who is held looks further back.
    [[nodiscard]] Clock::time_point oldest() const;

    [[nodiscard]] const std::vector<Hold>& holds() const { return holds_; }

    /// Also those whose time has come.
    [[nodiscard]] const std::vector<Deferral>& deferrals() const { return deferrals_; }

  private:
    std::vector<Hold> holds_;
    std::vector<Deferral> deferrals_;
};

} // namespace pcmirror::simulator
