#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// What one request did to one thing.
struct WriteEffect {
    std::uint64_t request = 0; ///< its number in the log
    std::string operation = {};
    std::string customer = {}; ///< lower case
    std::string target = {};   ///< the id of what was written
    bool changed = true;       ///< false: it was carried out, and the world was like that before
    std::string request_id = {};
    std::string correlation_id = {};
    double at_ms = 0; ///< when the request arrived, as in the log
};

/// Which of them are asked for; empty: any.
struct EffectFilter {
    std::string operation = {};
    std::string customer = {};
    std::string target = {};
};

/// What writes have done. A request that was refused, or answered again, is not among them.
class WriteEffects {
  public:
    void add(WriteEffect effect);
    void clear();

    /// `{"count", "changed", "by_operation": {NAME: {"count", "changed"}}, "effects": [...]}`
    [[nodiscard]] nlohmann::json list(const EffectFilter& filter) const;

  private:
    mutable std::mutex mutex_;
    std::deque<WriteEffect> effects_;
};

} // namespace pcmirror::simulator
