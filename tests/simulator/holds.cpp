#include "tests/simulator/holds.hpp"

#include <algorithm>

namespace pcmirror::simulator {

namespace {

constexpr Clock::time_point for_ever = Clock::time_point::max();

bool is_in_force(const Deferral& deferral) {
    return Clock::now() < deferral.until;
}

// What happens in the same tick of the clock comes after it.
Clock::time_point just_before_now() {
    return Clock::now() - Clock::duration(1);
}

} // namespace

void Holds::hold(std::optional<std::uint32_t> customer, Reader reader) {
    holds_.push_back({customer, reader, just_before_now()});
}

void Holds::defer(std::uint32_t customer, std::uint32_t subscription, Clock::time_point until) {
    std::erase_if(deferrals_, [](const Deferral& each) { return !is_in_force(each); });
    deferrals_.push_back({customer, subscription, just_before_now(), until});
}

void Holds::release(std::optional<std::uint32_t> customer) {
    std::erase_if(holds_, [&](const Hold& each) { return !customer || each.customer == customer; });
    std::erase_if(deferrals_, [&](const Deferral& each) {
        return !customer || each.customer == *customer;
    });
}

Clock::time_point Holds::seen(Reader reader, std::uint32_t customer) const {
    Clock::time_point latest = for_ever;
    for (const Hold& hold : holds_)
        if (hold.reader == reader && (!hold.customer || *hold.customer == customer))
            latest = std::min(latest, hold.since);
    return latest;
}

Clock::time_point
Holds::seen(Reader reader, std::uint32_t customer, std::uint32_t subscription) const {
    Clock::time_point latest = seen(reader, customer);
    if (reader == Reader::truth)
        return latest;
    for (const Deferral& deferral : deferrals_)
        if (deferral.customer == customer && deferral.subscription == subscription &&
            is_in_force(deferral))
            latest = std::min(latest, deferral.since);
    return latest;
}

bool Holds::is_deferred(std::uint32_t customer, std::uint32_t subscription) const {
    return std::any_of(deferrals_.begin(), deferrals_.end(), [&](const Deferral& each) {
        return each.customer == customer && each.subscription == subscription && is_in_force(each);
    });
}

bool Holds::is_about_to_change() const {
    return std::any_of(deferrals_.begin(), deferrals_.end(), [](const Deferral& each) {
        return each.until != for_ever && is_in_force(each);
    });
}

Clock::time_point Holds::oldest() const {
    Clock::time_point oldest = for_ever;
    for (const Hold& hold : holds_)
        oldest = std::min(oldest, hold.since);
    for (const Deferral& deferral : deferrals_)
        if (is_in_force(deferral))
            oldest = std::min(oldest, deferral.since);
    return oldest;
}

} // namespace pcmirror::simulator
