#include "daemon/vitals.hpp"

#include <fmt/format.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

// The loop has a turn every second, the scheduler every half minute.
constexpr auto longest_turn = 30s;
constexpr auto longest_look = 2min;

// A statement ends after ten minutes by itself, with what it takes to notice a lost connection.
constexpr auto longest_task = 15min;

long long whole_seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

} // namespace

void Vitals::loop_turned(Instant now) {
    const std::lock_guard lock(mutex_);
    turned_ = now;
}

void Vitals::scheduler_looked(Instant now) {
    const std::lock_guard lock(mutex_);
    looked_ = now;
}

void Vitals::scheduler_ended() {
    const std::lock_guard lock(mutex_);
    looked_.reset();
}

void Vitals::rest() {
    const std::lock_guard lock(mutex_);
    turned_.reset();
    looked_.reset();
    pool_ = {};
}

void Vitals::pool_is(const PoolUse& use) {
    const std::lock_guard lock(mutex_);
    pool_ = use;
}

std::optional<std::string> Vitals::trouble(Instant now) const {
    {
        const std::lock_guard lock(mutex_);
        if (turned_ && now - *turned_ > longest_turn)
            return fmt::format("the event loop hangs for {} s", whole_seconds(now - *turned_));
    }
    return trouble_beside_loop(now);
}

std::optional<std::string> Vitals::trouble_beside_loop(Instant now) const {
    const std::lock_guard lock(mutex_);
    if (looked_ && now - *looked_ > longest_look)
        return fmt::format("the scheduler hangs for {} s", whole_seconds(now - *looked_));
    if (pool_.longest > longest_task)
        return fmt::format(
            "a database thread hangs for {} s, {} tasks wait",
            whole_seconds(pool_.longest),
            pool_.waiting
        );
    return std::nullopt;
}

} // namespace pcmirror
