#include "tests/simulator/request_ids.hpp"

namespace pcmirror::simulator {

std::optional<Reply> RequestIds::find(const std::string& request) const {
    const std::lock_guard lock(mutex_);
    const auto found = replies_.find(request);
    return found == replies_.end() ? std::nullopt : std::optional(found->second);
}

void RequestIds::keep(const std::string& request, const Reply& reply, std::size_t most) {
    const std::lock_guard lock(mutex_);
    if (replies_.insert_or_assign(request, reply).second)
        order_.push_back(request);
    while (order_.size() > most) {
        replies_.erase(order_.front());
        order_.pop_front();
    }
}

void RequestIds::clear() {
    const std::lock_guard lock(mutex_);
    replies_.clear();
    order_.clear();
}

} // namespace pcmirror::simulator
