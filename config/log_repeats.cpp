#include "config/log_repeats.hpp"

namespace pcmirror {
namespace {

constexpr auto minute = std::chrono::minutes(1);

} // namespace

bool RepeatLimit::take(std::string_view name, Instant now) {
    auto found = minutes_.find(name);
    if (found == minutes_.end())
        found = minutes_.emplace(std::string(name), Minute{.began = now}).first;
    Minute& current = found->second;
    if (now - current.began >= minute && current.left_out == 0)
        current = {.began = now};
    if (current.lines >= lines_a_minute) {
        ++current.left_out;
        return false;
    }
    ++current.lines;
    return true;
}

std::vector<RepeatLimit::Left> RepeatLimit::over(Instant now) {
    std::vector<Left> left;
    if (now < next_look_)
        return left;
    for (auto& [name, current] : minutes_) {
        if (current.left_out == 0 || (now != Instant::max() && now - current.began < minute))
            continue;
        left.push_back({name, current.left_out});
        current = {.began = now};
    }
    constexpr auto between_looks = std::chrono::seconds(1);
    next_look_ = now == Instant::max() ? now : now + between_looks;
    return left;
}

} // namespace pcmirror
