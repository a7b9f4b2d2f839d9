#pragma once

#include "sync/gateway/partner_center.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace pcmirror {

/// Waiting items in four classes, each in the order of arrival. While several classes wait they are
/// served 8:4:2:1; a class that waits alone gets everything, and saves up nothing while it is
/// empty. Pure.
template <typename Item> class FairQueue {
  public:
    void push(Priority priority, Item item) {
        Class& into = classes_.at(static_cast<std::size_t>(priority));
        if (into.items.empty()) {
            into.served = std::max(into.served, now_);
        }
        into.items.push_back(item);
        ++size_;
    }

    /// Whether it was there.
    bool remove(Item item) {
        for (Class& from : classes_) {
            if (const auto removed = std::erase(from.items, item); removed != 0) {
                size_ -= removed;
                return true;
            }
        }
        return false;
    }

    /// Takes the item whose turn it is among those that may go.
    template <typename MayGo> std::optional<Item> pop(MayGo may_go) {
        Class* best = nullptr;
        typename std::deque<Item>::iterator chosen;
        for (Class& candidate : classes_) {
            const auto found = std::find_if(candidate.items.begin(), candidate.items.end(), may_go);
            const bool better = best == nullptr || candidate.served < best->served;
            if (found != candidate.items.end() && better) {
                best = &candidate;
                chosen = found;
            }
        }
        if (best == nullptr) {
            return std::nullopt;
        }
        const Item item = *chosen;
        best->items.erase(chosen);
        --size_;
        now_ = best->served;
        best->served += best->stride;
        return item;
    }

    template <typename Visit> void for_each(Visit visit) const {
        for (const Class& each : classes_) {
            std::for_each(each.items.begin(), each.items.end(), visit);
        }
    }

    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] bool empty() const { return size_ == 0; }

  private:
    /// `served` is virtual time: it advances by `stride` with each item, so the class that lags
    /// furthest behind is next.
    struct Class {
        std::uint64_t stride = 1;
        std::uint64_t served = 0;
        std::deque<Item> items = {};
    };

    std::array<Class, 4> classes_ = {Class{1}, Class{2}, Class{4}, Class{8}};
    std::uint64_t now_ = 0;
    std::size_t size_ = 0;
};

} // namespace pcmirror
