#include "tests/simulator/answers.hpp"

#include <nlohmann/json.hpp>

namespace pcmirror::simulator {

namespace {

// The question is kept, too, and an entry of the map is not for free.
std::size_t size_of(const std::string& question, const Reply& reply) {
    constexpr std::size_t entry = 256;
    std::size_t size = entry + question.size() + reply.body.size();
    for (const auto& [name, value] : reply.headers)
        size += name.size() + value.size();
    return size;
}

} // namespace

std::shared_ptr<const Reply> Answers::find(const std::string& question, const Versions& versions) {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(question);
    if (found == kept_.end() || found->second.versions != versions) {
        ++missed_;
        return nullptr;
    }
    ++found_;
    return found->second.reply;
}

void Answers::keep(const std::string& question, const Versions& versions, const Reply& reply) {
    const std::size_t size = size_of(question, reply);
    const std::lock_guard lock(mutex_);
    if (const auto old = kept_.find(question); old != kept_.end()) {
        size_ -= old->second.size;
        kept_.erase(old);
    }
    if (size_ + size > room_)
        return;
    size_ += size;
    kept_.emplace(question, Kept{versions, size, std::make_shared<const Reply>(reply)});
}

nlohmann::json Answers::stats() const {
    const std::lock_guard lock(mutex_);
    return {{"found", found_}, {"missed", missed_}, {"kept", kept_.size()}, {"bytes", size_}};
}

} // namespace pcmirror::simulator
