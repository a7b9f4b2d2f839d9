#include "tests/simulator/world.hpp"

#include "tests/simulator/customers.hpp"
#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/subscriptions.hpp"

namespace pcmirror::simulator {

namespace {

// Customers that every world has, so that tests find them.
constexpr std::uint32_t big_customer = 0;
constexpr std::uint32_t empty_customer = 1;

std::uint64_t pair_of(std::uint32_t customer, std::uint32_t index) {
    return (std::uint64_t{customer} << 32U) | index;
}

std::uint32_t subscriptions_as_made(const WorldOptions& options, std::uint32_t customer) {
    if (customer == big_customer && options.big_customer > 0)
        return options.big_customer;
    if (customer == empty_customer)
        return 0;
    Draw draw(mix(options.seed, 3, customer));
    return static_cast<std::uint32_t>(draw.fraction() * (2 * options.subscriptions + 1));
}

} // namespace

View::View(const World& world, Clock::time_point moment)
    : world_(&world), moment_(moment), lock_(world.mutex_) {}

View::View(const World& world, Clock::time_point moment, Unlocked)
    : world_(&world), moment_(moment) {}

const WorldOptions& View::options() const {
    return world_->options_;
}

std::uint32_t View::customer_slots() const {
    return world_->slots_;
}

CustomerState View::customer(std::uint32_t index) const {
    if (const auto changed = world_->customers_.find(index); changed != world_->customers_.end())
        if (const CustomerState* state = changed->second.at(moment_))
            return *state;
    const bool made = index < options().customers;
    return {.exists = made, .end = made ? subscriptions_as_made(options(), index) : 0};
}

Item View::customer_item(std::uint32_t index) const {
    const CustomerState state = customer(index);
    return state.item ? *state.item : make_customer(options().seed, index);
}

SubscriptionState View::subscription(std::uint32_t customer, std::uint32_t index) const {
    const auto changed = world_->subscriptions_.find(pair_of(customer, index));
    if (changed != world_->subscriptions_.end())
        if (const SubscriptionState* state = changed->second.at(moment_))
            return *state;
    return {};
}

Item View::subscription_item(std::uint32_t customer, std::uint32_t index) const {
    const SubscriptionState state = subscription(customer, index);
    return state.item ? *state.item : make_subscription(options().seed, customer, index);
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
    : View(world, Clock::time_point::max(), Unlocked{}), changed_(&world),
      write_lock_(world.mutex_) {}

std::uint32_t Edit::add_customer() {
    const std::uint32_t index = changed_->slots_++;
    set_customer(index, {.exists = true, .end = subscriptions_as_made(options(), index)});
    return index;
}

void Edit::set_customer(std::uint32_t index, CustomerState state) {
    changed_->customers_[index].push(Clock::now(), std::move(state));
}

void Edit::set_subscription(std::uint32_t customer, std::uint32_t index, SubscriptionState state) {
    changed_->subscriptions_[pair_of(customer, index)].push(Clock::now(), std::move(state));
}

std::optional<std::uint32_t> Edit::find_slot(std::string_view customer_id) const {
    const auto index = index_of(customer_key(options().seed), customer_id);
    return index && *index < customer_slots() ? index : std::nullopt;
}

} // namespace pcmirror::simulator
