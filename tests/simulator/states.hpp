#pragma once

#include "tests/simulator/item.hpp"
#include "tests/simulator/products.hpp"
#include "tests/simulator/roles.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

// What is remembered of things that were changed.
namespace pcmirror::simulator {

using Clock = std::chrono::steady_clock;

/// A customer as far as it is not computed.
struct CustomerState {
    bool exists = true;
    /// Its subscriptions are those numbered from `first` to before `end`, but for removed ones.
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    std::uint32_t users = 0;               ///< its users are numbered from 0 to before this
    ProductSet skus = {};                  ///< the products that it has seats of
    std::shared_ptr<const Item> item = {}; ///< null: as made
};

struct SubscriptionState {
    bool exists = true;
    std::shared_ptr<const Item> item = {}; ///< null: as made
};

enum class Presence : std::uint8_t {
    active,
    inactive, ///< deleted, can be restored
    gone,
};

/// A service plan that a license was given without.
struct ExcludedPlan {
    std::size_t product = 0;
    std::size_t plan = 0;
    bool operator==(const ExcludedPlan&) const = default;
};

struct UserState {
    Presence presence = Presence::active;
    /// Also those of products that the customer has lost, and of a deleted user: they show again
    /// when the product or the user comes back. Nothing: as made.
    std::optional<ProductSet> licenses = {};
    std::vector<ExcludedPlan> excluded = {};
    std::optional<RoleSet> roles = {};     ///< likewise; nothing: as made
    std::optional<Moment> deleted_at = {}; ///< nothing: as made
    std::size_t password = 0;              ///< its hash; 0: as made
    std::shared_ptr<const Item> item = {}; ///< null: as made
};

struct SkuState {
    std::shared_ptr<const Item> item = {}; ///< null: as made
};

struct ShelfState {
    std::vector<Item> items = {};
};

/// The states of a thing since when they hold, the oldest first; before them it was as made.
template <class State> class History {
  public:
    [[nodiscard]] const State* at(Clock::time_point moment) const {
        const State* found = nullptr;
        for (const auto& [since, state] : states_)
            if (since <= moment)
                found = &state;
        return found;
    }

    /// `held`: a moment that somebody goes on looking at.
    void push(Clock::time_point since, State state, Clock::time_point held) {
        // Nobody looks further back than the longest lag that a test would wait for.
        constexpr std::size_t remembered = 32;
        if (states_.size() >= remembered && states_[1].first <= held)
            states_.erase(states_.begin());
        states_.emplace_back(since, std::move(state));
    }

  private:
    std::vector<std::pair<Clock::time_point, State>> states_;
};

} // namespace pcmirror::simulator
