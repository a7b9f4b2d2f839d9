#pragma once

#include "tests/simulator/holds.hpp"
#include "tests/simulator/item.hpp"
#include "tests/simulator/products.hpp"
#include "tests/simulator/shelves.hpp"
#include "tests/simulator/states.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace pcmirror::simulator {

struct WorldOptions {
    std::uint64_t seed = 1;
    std::uint32_t customers = 100;
    double subscriptions = 5;       ///< mean per customer; 0 to twice as many
    std::uint32_t big_customer = 0; ///< subscriptions of customer number 0; 0: like the others
    double users = 10;              ///< mean per customer; 0 to twice as many
    std::uint32_t big_users = 0;    ///< users of customer number 0; 0: like the others
};

/// The same for a customer that was not founded later.
std::uint32_t users_as_made(const WorldOptions& options, std::uint32_t customer);

/// How many users hold each product.
struct Holders {
    std::array<std::uint32_t, product_count> active = {};
    std::array<std::uint32_t, product_count> inactive = {};

    [[nodiscard]] std::uint32_t of(std::size_t product, bool inactive_users_too) const {
        return active[product] + (inactive_users_too ? inactive[product] : 0);
    }
};

/// The count of now; it changes with the users.
struct HolderCount {
    Holders holders = {};
    Clock::time_point since = Clock::time_point::min();
};

class World;

/// The world as it was at a moment, locked against changes while this lives.
class View {
  public:
    View(const World& world, Clock::time_point moment, Reader reader = Reader::truth);

    /// The world as it was that long before; only for as long as this view lives.
    [[nodiscard]] View before(std::chrono::milliseconds span) const;

    [[nodiscard]] const WorldOptions& options() const;
    /// Counts the changes of everything, and those of a customer and what belongs to it: whatever
    /// is read of a world without lag is the same for the same count.
    [[nodiscard]] std::uint64_t version() const;
    [[nodiscard]] std::uint64_t version_of(std::uint32_t customer) const;
    /// Customers are numbered from 0 to before this; some of these do not exist.
    [[nodiscard]] std::uint32_t customer_slots() const;
    [[nodiscard]] CustomerState customer(std::uint32_t index) const;
    [[nodiscard]] Item customer_item(std::uint32_t index) const;
    [[nodiscard]] SubscriptionState subscription(std::uint32_t customer, std::uint32_t index) const;
    [[nodiscard]] Item subscription_item(std::uint32_t customer, std::uint32_t index) const;
    [[nodiscard]] UserState user(std::uint32_t customer, std::uint32_t index) const;
    /// `state`: what `user` says of it.
    [[nodiscard]] Item
    user_item(std::uint32_t customer, std::uint32_t index, const UserState& state) const;
    /// How many users a customer was made with; further ones were added.
    [[nodiscard]] std::uint32_t users_made(std::uint32_t customer) const;
    /// What a user holds of the products that the customer has; an inactive one as it is wished.
    [[nodiscard]] ProductSet
    licenses(std::uint32_t customer, std::uint32_t index, bool inactive_users_too) const;
    /// What a user was made with or given, also of products that the customer does not have.
    [[nodiscard]] ProductSet
    given_licenses(std::uint32_t customer, std::uint32_t index, const UserState& state) const;
    /// Like `given_licenses`.
    [[nodiscard]] RoleSet
    given_roles(std::uint32_t customer, std::uint32_t index, const UserState& state) const;
    [[nodiscard]] std::vector<Item> shelf(std::uint32_t customer, Shelf which) const;
    /// A SKU with the units that do not depend on its holders (see `make_sku`).
    [[nodiscard]] Item sku_item(std::uint32_t customer, std::size_t product) const;
    /// Counted once and then kept up to date: it costs little for any number of users.
    [[nodiscard]] Holders holders(std::uint32_t customer) const;

    /// Existing ones only; GUIDs of any case.
    [[nodiscard]] std::optional<std::uint32_t> find_customer(std::string_view id) const;
    [[nodiscard]] std::optional<std::uint32_t>
    find_subscription(std::uint32_t customer, std::string_view id) const;
    /// Active and inactive ones.
    [[nodiscard]] std::optional<std::uint32_t>
    find_user(std::uint32_t customer, std::string_view id) const;

    [[nodiscard]] const Holds& holds() const;

    [[nodiscard]] std::uint64_t count_customers() const;
    [[nodiscard]] std::uint64_t count_subscriptions() const;
    [[nodiscard]] std::uint64_t count_users() const;
    [[nodiscard]] std::uint64_t
    count_licenses(std::uint32_t customer, bool inactive_users_too) const;

  protected:
    struct Unlocked {};

    /// Made at the first call.
    [[nodiscard]] HolderCount& holder_count(std::uint32_t customer) const;

    View(const World& world, Clock::time_point moment, Reader reader, Unlocked);

    [[nodiscard]] Clock::time_point seen(std::uint32_t customer) const;

    const World* world_;
    Clock::time_point moment_;
    Reader reader_ = Reader::truth;
    std::shared_lock<std::shared_mutex> lock_;
};

/// The world of now, locked for changing it.
class Edit : public View {
  public:
    explicit Edit(World& world);

    std::uint32_t add_customer();
    /// One that nothing belongs to.
    std::uint32_t found_customer();
    void set_customer(std::uint32_t index, CustomerState state);
    void set_subscription(std::uint32_t customer, std::uint32_t index, SubscriptionState state);
    void set_user(std::uint32_t customer, std::uint32_t index, UserState state);
    void set_sku(std::uint32_t customer, std::size_t product, SkuState state);
    void set_shelf(std::uint32_t customer, Shelf which, std::vector<Item> items);

    // See `Holds`.
    void hold(std::optional<std::uint32_t> customer, Reader reader);
    void defer(std::uint32_t customer, std::uint32_t subscription, Clock::time_point until);
    void release(std::optional<std::uint32_t> customer);

    /// Also those that were removed: to restore them.
    [[nodiscard]] std::optional<std::uint32_t> find_slot(std::string_view customer_id) const;

  private:
    void count_change(std::uint32_t customer);
    [[nodiscard]] Clock::time_point held_since() const;

    World* changed_;
    std::unique_lock<std::shared_mutex> write_lock_;
};

/// A partner's customers with their subscriptions, users and licenses. What nobody has changed is
/// computed from the seed whenever it is asked for, so that a world of millions takes no memory.
class World {
  public:
    explicit World(WorldOptions options) : options_(options), slots_(options.customers) {}

  private:
    friend class View;
    friend class Edit;

    WorldOptions options_;
    std::uint32_t slots_;
    std::uint64_t version_ = 0;
    std::uint64_t turns_ = 0; ///< how often what is held has changed
    std::unordered_map<std::uint32_t, std::uint64_t> versions_; ///< by customer
    std::unordered_map<std::uint32_t, History<CustomerState>> customers_;
    std::unordered_map<std::uint64_t, History<SubscriptionState>> subscriptions_;
    /// By customer and number, so that a customer's changed users can be walked over.
    std::unordered_map<std::uint32_t, std::unordered_map<std::uint32_t, History<UserState>>> users_;
    std::unordered_map<std::uint64_t, History<SkuState>> skus_;
    std::unordered_map<std::uint64_t, History<ShelfState>> shelves_;
    std::unordered_set<std::uint32_t> founded_; ///< customers that nothing was made for
    Holds holds_;
    mutable std::shared_mutex mutex_;

    mutable std::unordered_map<std::uint32_t, HolderCount> holders_;
    mutable std::mutex holders_mutex_; ///< for adding to them; the counts belong to `mutex_`
};

} // namespace pcmirror::simulator
