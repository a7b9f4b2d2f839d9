#include "tests/simulator/world.hpp"

#include "tests/simulator/customers.hpp"
#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/subscribed_skus.hpp"
#include "tests/simulator/subscriptions.hpp"

namespace pcmirror::simulator {

namespace {

// Customers that every world has, so that tests find them.
constexpr std::uint32_t big_customer = 0;
constexpr std::uint32_t empty_customer = 1;

std::uint64_t pair_of(std::uint32_t customer, std::uint32_t index) {
    return (std::uint64_t{customer} << 32U) | index;
}

std::uint32_t about(double mean, std::uint64_t random) {
    return static_cast<std::uint32_t>(Draw(random).fraction() * (2 * mean + 1));
}

CustomerState customer_as_made(const WorldOptions& options, std::uint32_t index, bool exists) {
    CustomerState state{.exists = exists};
    if (!exists || index == empty_customer)
        return state;
    const bool big = index == big_customer;
    state.end = big && options.big_customer > 0
                    ? options.big_customer
                    : about(options.subscriptions, mix(options.seed, 3, index));
    state.users = users_as_made(options, index);
    state.skus = skus_as_made(options.seed, index);
    return state;
}

} // namespace

std::uint32_t users_as_made(const WorldOptions& options, std::uint32_t customer) {
    if (customer == big_customer && options.big_users > 0)
        return options.big_users;
    return customer == empty_customer ? 0 : about(options.users, mix(options.seed, 5, customer));
}

View::View(const World& world, Clock::time_point moment, Reader reader)
    : world_(&world), moment_(moment), reader_(reader), lock_(world.mutex_) {}

View::View(const World& world, Clock::time_point moment, Reader reader, Unlocked)
    : world_(&world), moment_(moment), reader_(reader) {}

View View::before(std::chrono::milliseconds span) const {
    return {*world_, moment_ - span, reader_, Unlocked{}};
}

Clock::time_point View::seen(std::uint32_t customer) const {
    return std::min(moment_, world_->holds_.seen(reader_, customer));
}

const Holds& View::holds() const {
    return world_->holds_;
}

const WorldOptions& View::options() const {
    return world_->options_;
}

std::uint64_t View::version() const {
    return world_->version_ + world_->turns_;
}

std::uint64_t View::version_of(std::uint32_t customer) const {
    const auto own = world_->versions_.find(customer);
    return world_->turns_ + (own == world_->versions_.end() ? 0 : own->second);
}

std::uint32_t View::customer_slots() const {
    return world_->slots_;
}

CustomerState View::customer(std::uint32_t index) const {
    if (const auto changed = world_->customers_.find(index); changed != world_->customers_.end())
        if (const CustomerState* state = changed->second.at(seen(index)))
            return *state;
    return customer_as_made(options(), index, index < options().customers);
}

Item View::customer_item(std::uint32_t index) const {
    const CustomerState state = customer(index);
    return state.item ? *state.item : make_customer(options().seed, index);
}

SubscriptionState View::subscription(std::uint32_t customer, std::uint32_t index) const {
    const auto changed = world_->subscriptions_.find(pair_of(customer, index));
    if (changed == world_->subscriptions_.end())
        return {};
    const Clock::time_point latest =
        std::min(moment_, world_->holds_.seen(reader_, customer, index));
    if (const SubscriptionState* state = changed->second.at(latest))
        return *state;
    return {};
}

Item View::subscription_item(std::uint32_t customer, std::uint32_t index) const {
    const SubscriptionState state = subscription(customer, index);
    return state.item ? *state.item : make_subscription(options().seed, customer, index);
}

Item View::sku_item(std::uint32_t customer_index, std::size_t product) const {
    const auto changed =
        world_->skus_.find(pair_of(customer_index, static_cast<std::uint32_t>(product)));
    if (changed != world_->skus_.end())
        if (const SkuState* state = changed->second.at(seen(customer_index)); state && state->item)
            return *state->item;
    return make_sku(options().seed, customer_index, product, users_made(customer_index));
}

std::vector<Item> View::shelf(std::uint32_t customer_index, Shelf which) const {
    const auto changed =
        world_->shelves_.find(pair_of(customer_index, static_cast<std::uint32_t>(which)));
    if (changed != world_->shelves_.end())
        if (const ShelfState* state = changed->second.at(seen(customer_index)))
            return state->items;
    if (world_->founded_.contains(customer_index))
        return empty_shelf(which);
    return make_shelf(options().seed, customer_index, which);
}

std::optional<std::uint32_t> View::find_customer(std::string_view id) const {
    const auto index = index_of(customer_key(options().seed), id);
    if (!index || *index >= customer_slots() || !customer(*index).exists)
        return {};
    return index;
}

std::optional<std::uint32_t>
View::find_subscription(std::uint32_t customer_index, std::string_view id) const {
    const auto index = index_of(subscription_key(options().seed, customer_index), id);
    const CustomerState state = customer(customer_index);
    if (!index || *index < state.first || *index >= state.end ||
        !subscription(customer_index, *index).exists)
        return {};
    return index;
}

std::uint64_t View::count_customers() const {
    std::uint64_t count = 0;
    for (std::uint32_t index = 0; index < customer_slots(); ++index)
        count += static_cast<std::uint64_t>(customer(index).exists);
    return count;
}

std::uint64_t View::count_subscriptions() const {
    std::uint64_t count = 0;
    for (std::uint32_t index = 0; index < customer_slots(); ++index)
        if (const CustomerState state = customer(index); state.exists)
            count += state.end - state.first;
    for (const auto& [pair, history] : world_->subscriptions_) {
        const CustomerState owner = customer(static_cast<std::uint32_t>(pair >> 32U));
        const auto index = static_cast<std::uint32_t>(pair);
        const SubscriptionState* state = history.at(moment_);
        if (state && !state->exists && owner.exists && index >= owner.first && index < owner.end)
            --count;
    }
    return count;
}

Edit::Edit(World& world)
    : View(world, Clock::time_point::max(), Reader::truth, Unlocked{}), changed_(&world),
      write_lock_(world.mutex_) {}

std::uint32_t Edit::add_customer() {
    const std::uint32_t index = changed_->slots_++;
    set_customer(index, customer_as_made(options(), index, true));
    return index;
}

std::uint32_t Edit::found_customer() {
    const std::uint32_t index = changed_->slots_++;
    changed_->founded_.insert(index);
    set_customer(index, {});
    return index;
}

void Edit::count_change(std::uint32_t customer) {
    ++changed_->version_;
    ++changed_->versions_[customer];
}

void Edit::set_customer(std::uint32_t index, CustomerState state) {
    count_change(index);
    changed_->customers_[index].push(Clock::now(), std::move(state), held_since());
}

void Edit::set_subscription(std::uint32_t customer, std::uint32_t index, SubscriptionState state) {
    count_change(customer);
    changed_->subscriptions_[pair_of(customer, index)].push(
        Clock::now(), std::move(state), held_since()
    );
}

void Edit::set_sku(std::uint32_t customer, std::size_t product, SkuState state) {
    count_change(customer);
    const auto number = static_cast<std::uint32_t>(product);
    changed_->skus_[pair_of(customer, number)].push(Clock::now(), std::move(state), held_since());
}

void Edit::set_shelf(std::uint32_t customer, Shelf which, std::vector<Item> items) {
    count_change(customer);
    const auto number = static_cast<std::uint32_t>(which);
    changed_->shelves_[pair_of(customer, number)].push(
        Clock::now(), {.items = std::move(items)}, held_since()
    );
}

Clock::time_point Edit::held_since() const {
    return changed_->holds_.oldest();
}

void Edit::hold(std::optional<std::uint32_t> customer, Reader reader) {
    ++changed_->turns_;
    changed_->holds_.hold(customer, reader);
}

void Edit::defer(std::uint32_t customer, std::uint32_t subscription, Clock::time_point until) {
    ++changed_->turns_;
    changed_->holds_.defer(customer, subscription, until);
}

void Edit::release(std::optional<std::uint32_t> customer) {
    ++changed_->turns_;
    changed_->holds_.release(customer);
}

std::optional<std::uint32_t> Edit::find_slot(std::string_view customer_id) const {
    const auto index = index_of(customer_key(options().seed), customer_id);
    return index && *index < customer_slots() ? index : std::nullopt;
}

} // namespace pcmirror::simulator
