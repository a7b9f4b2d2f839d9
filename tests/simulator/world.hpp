#pragma once

#include "tests/simulator/item.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pcmirror::simulator {

using Clock = std::chrono::steady_clock;

struct WorldOptions {
    std::uint64_t seed = 1;
    std::uint32_t customers = 100;
    double subscriptions = 5;       ///< mean per customer; 0 to twice as many
    std::uint32_t big_customer = 0; ///< subscriptions of customer number 0; 0: like the others
};

/// A customer as far as it is not computed.
struct CustomerState {
    bool exists = true;
    /// Its subscriptions are those numbered from `first` to before `end`, but for removed ones.
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    std::shared_ptr<const Item> item = {}; ///< null: as made
};

struct SubscriptionState {
    bool exists = true;
    std::shared_ptr<const Item> item = {}; ///< null: as made
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

    void push(Clock::time_point since, State state) {
        // Nobody looks further back than the longest lag that a test would wait for.
        constexpr std::size_t remembered = 32;
        if (states_.size() == remembered)
            states_.erase(states_.begin());
        states_.emplace_back(since, std::move(state));
    }

  private:
    std::vector<std::pair<Clock::time_point, State>> states_;
};

class World;

/// The world as it was at a moment, locked against changes while this lives.
class View {
  public:
    View(const World& world, Clock::time_point moment);

    [[nodiscard]] const WorldOptions& options() const;
    /// Customers are numbered from 0 to before this; some of these do not exist.
    [[nodiscard]] std::uint32_t customer_slots() const;
    [[nodiscard]] CustomerState customer(std::uint32_t index) const;
    [[nodiscard]] Item customer_item(std::uint32_t index) const;
    [[nodiscard]] SubscriptionState subscription(std::uint32_t customer, std::uint32_t index) const;
    [[nodiscard]] Item subscription_item(std::uint32_t customer, std::uint32_t index) const;

    /// Existing ones only; GUIDs of any case.
    [[nodiscard]] std::optional<std::uint32_t> find_customer(std::string_view id) const;
    [[nodiscard]] std::optional<std::uint32_t>
    find_subscription(std::uint32_t customer, std::string_view id) const;

    [[nodiscard]] std::uint64_t count_customers() const;
    [[nodiscard]] std::uint64_t count_subscriptions() const;

  protected:
    struct Unlocked {};

    View(const World& world, Clock::time_point moment, Unlocked);

    const World* world_;
    Clock::time_point moment_;
    std::shared_lock<std::shared_mutex> lock_;
};

/// The world of now, locked for changing it.
class Edit : public View {
  public:
    explicit Edit(World& world);

    std::uint32_t add_customer();
    void set_customer(std::uint32_t index, CustomerState state);
    void set_subscription(std::uint32_t customer, std::uint32_t index, SubscriptionState state);
    /// Also those that were removed: to restore them.
    [[nodiscard]] std::optional<std::uint32_t> find_slot(std::string_view customer_id) const;

  private:
    World* changed_;
    std::unique_lock<std::shared_mutex> write_lock_;
};

/// A partner's customers and subscriptions. What nobody has changed is computed from the seed
/// whenever it is asked for, so that a world of millions takes no memory.
class World {
  public:
    explicit World(WorldOptions options) : options_(options), slots_(options.customers) {}

  private:
    friend class View;
    friend class Edit;

    WorldOptions options_;
    std::uint32_t slots_;
    std::unordered_map<std::uint32_t, History<CustomerState>> customers_;
    std::unordered_map<std::uint64_t, History<SubscriptionState>> subscriptions_;
    mutable std::shared_mutex mutex_;
};

} // namespace pcmirror::simulator
