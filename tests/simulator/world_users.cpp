#include "tests/simulator/guid.hpp"
#include "tests/simulator/subscribed_skus.hpp"
#include "tests/simulator/users.hpp"
#include "tests/simulator/world.hpp"

namespace pcmirror::simulator {

namespace {

using Counts = std::array<std::uint32_t, product_count>;

/// The users that a customer was made with.
class UsersAsMade {
  public:
    UsersAsMade(const View& view, std::uint32_t customer)
        : key_(user_key(view.options().seed, customer)), count_(view.users_made(customer)),
          choice_(numbers_in(skus_as_made(view.options().seed, customer) & products_for_users())) {}

    [[nodiscard]] ProductSet licenses(std::uint32_t index) const {
        ProductSet licenses;
        if (index < count_)
            UserNature(key_, index).each_license(choice_, [&](std::size_t product) {
                licenses.set(product);
            });
        return licenses;
    }

    [[nodiscard]] Holders holders() const {
        Holders holders;
        for (std::uint32_t index = 0; index < count_; ++index) {
            const UserNature nature(key_, index);
            Counts& counts = nature.is_active() ? holders.active : holders.inactive;
            nature.each_license(choice_, [&](std::size_t product) { ++counts[product]; });
        }
        return holders;
    }

  private:
    std::uint64_t key_;
    std::uint32_t count_;
    std::vector<std::size_t> choice_;
};

constexpr std::uint32_t once_less = ~std::uint32_t{0}; // modulo 2^32

void add(Counts& counts, const ProductSet& licenses, std::uint32_t times) {
    for (std::size_t product = 0; product < product_count; ++product)
        counts[product] += licenses[product] ? times : 0;
}

// Counts a user once more, or `once_less`.
void add(Holders& holders, Presence presence, const ProductSet& licenses, std::uint32_t times) {
    if (presence == Presence::active)
        add(holders.active, licenses, times);
    if (presence == Presence::inactive)
        add(holders.inactive, licenses, times);
}

Presence presence_as_made(const View& view, std::uint32_t customer, std::uint32_t index) {
    if (index >= view.users_made(customer))
        return Presence::gone;
    return UserNature(user_key(view.options().seed, customer), index).is_active()
               ? Presence::active
               : Presence::inactive;
}

} // namespace

std::uint32_t View::users_made(std::uint32_t customer_index) const {
    return world_->founded_.contains(customer_index) ? 0 : users_as_made(options(), customer_index);
}

UserState View::user(std::uint32_t customer_index, std::uint32_t index) const {
    if (const auto changed = world_->users_.find(customer_index); changed != world_->users_.end())
        if (const auto own = changed->second.find(index); own != changed->second.end())
            if (const UserState* state = own->second.at(seen(customer_index)))
                return *state;
    return {.presence = presence_as_made(*this, customer_index, index)};
}

Item View::user_item(std::uint32_t customer_index, std::uint32_t index, const UserState& state)
    const {
    const std::uint64_t seed = options().seed;
    Item item = state.item ? *state.item : make_user(seed, customer_index, index);
    if (state.presence != Presence::inactive)
        mark_active(item);
    else if (state.deleted_at)
        mark_deleted(item, *state.deleted_at);
    else
        mark_deleted(item, deletion_as_made(seed, customer_index, index));
    return item;
}

ProductSet View::given_licenses(
    std::uint32_t customer_index, std::uint32_t index, const UserState& state
) const {
    return state.licenses ? *state.licenses : UsersAsMade(*this, customer_index).licenses(index);
}

RoleSet
View::given_roles(std::uint32_t customer_index, std::uint32_t index, const UserState& state) const {
    if (state.roles)
        return *state.roles;
    return index < users_made(customer_index)
               ? UserNature(user_key(options().seed, customer_index), index).roles()
               : RoleSet();
}

ProductSet
View::licenses(std::uint32_t customer_index, std::uint32_t index, bool inactive_users_too) const {
    const UserState state = user(customer_index, index);
    const bool holds = state.presence == Presence::active ||
                       (state.presence == Presence::inactive && inactive_users_too);
    if (!holds)
        return {};
    return given_licenses(customer_index, index, state) & customer(customer_index).skus;
}

HolderCount& View::holder_count(std::uint32_t customer_index) const {
    const std::lock_guard lock(world_->holders_mutex_);
    const auto [found, is_new] = world_->holders_.try_emplace(customer_index);
    if (is_new)
        found->second.holders = UsersAsMade(*this, customer_index).holders();
    // A node of the map: it stays where it is when others are added.
    return found->second;
}

Holders View::holders(std::uint32_t customer_index) const {
    const HolderCount& now = holder_count(customer_index);
    Holders holders = now.holders;
    const Clock::time_point latest_seen = seen(customer_index);
    if (now.since <= latest_seen)
        return holders;
    // Somebody looks back: what has changed since then is undone.
    const UsersAsMade made(*this, customer_index);
    for (const auto& [index, history] : world_->users_.at(customer_index)) {
        const ProductSet first = made.licenses(index);
        const UserState latest = *history.at(Clock::time_point::max());
        const UserState* then = history.at(latest_seen);
        add(holders, latest.presence, latest.licenses.value_or(first), once_less);
        if (then)
            add(holders, then->presence, then->licenses.value_or(first), 1);
        else
            add(holders, presence_as_made(*this, customer_index, index), first, 1);
    }
    return holders;
}

void Edit::set_user(std::uint32_t customer_index, std::uint32_t index, UserState state) {
    count_change(customer_index);
    HolderCount& count = holder_count(customer_index);
    const UserState before = user(customer_index, index);
    const ProductSet held = given_licenses(customer_index, index, before);
    add(count.holders, before.presence, held, once_less);
    add(count.holders, state.presence, state.licenses.value_or(held), 1);
    count.since = Clock::now();
    changed_->users_[customer_index][index].push(count.since, std::move(state), held_since());
}

std::optional<std::uint32_t>
View::find_user(std::uint32_t customer_index, std::string_view id) const {
    const auto index = index_of(user_key(options().seed, customer_index), id);
    if (!index || user(customer_index, *index).presence == Presence::gone)
        return {};
    return index;
}

std::uint64_t View::count_users() const {
    std::uint64_t count = 0;
    for (std::uint32_t index = 0; index < customer_slots(); ++index) {
        const CustomerState state = customer(index);
        if (!state.exists)
            continue;
        count += state.users;
        if (const auto changed = world_->users_.find(index); changed != world_->users_.end())
            for (const auto& [number, history] : changed->second)
                if (number < state.users && user(index, number).presence == Presence::gone)
                    --count;
    }
    return count;
}

std::uint64_t View::count_licenses(std::uint32_t customer_index, bool inactive_users_too) const {
    const CustomerState state = customer(customer_index);
    const Holders held = holders(customer_index);
    std::uint64_t count = 0;
    for (const std::size_t product : numbers_in(state.exists ? state.skus : ProductSet()))
        count += held.of(product, inactive_users_too);
    return count;
}

} // namespace pcmirror::simulator
