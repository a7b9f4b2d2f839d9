#pragma once

#include "tests/simulator/body.hpp"
#include "tests/simulator/endpoint.hpp"
#include "tests/simulator/refused.hpp"
#include "tests/simulator/write_effects.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::simulator {

/// A request that changes the world, on its way to the part that does it: that throws `Refused`
/// before it has changed anything, or does all of it.
struct Write {
    Call& call;
    Edit& edit;
    nlohmann::json body = {}; ///< see `read_body`; empty for DELETE
    std::vector<WriteEffect> effects = {};

    [[nodiscard]] std::uint64_t seed() const { return edit.options().seed; }

    /// Lower case.
    [[nodiscard]] std::string customer() const;

    /// Notes what was done to what; `changed`: whether the world is another now; `customer`: if the
    /// path names none.
    void done(std::string target, bool changed, std::string customer = {});
};

/// Throws what the switch `stale_etag` says.
[[noreturn]] void refuse_stale(const Call& call);

/// The value of If-Match without the double quotes that a client adds, as far as the ETag has none
/// itself; nothing: no such header.
std::optional<std::string> if_match(const Request& request, std::string_view etag);

Reply with_status(Reply reply, int status);

/// Adds a member to what is answered, beside those of the resource.
void answer_also(Item& item, std::string_view member, const nlohmann::json& value);

} // namespace pcmirror::simulator
