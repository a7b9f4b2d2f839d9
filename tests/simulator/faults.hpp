#pragma once

#include "tests/simulator/problem.hpp"
#include "tests/simulator/wire.hpp"

#include <cstdint>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::simulator {

/// Misbehaviour inside a listing.
struct ListingFault {
    bool repeat_next = false;     ///< links.next is the link that was just followed
    bool empty_with_next = false; ///< no items, and the same place again as links.next
    bool empty_last_page = false; ///< the last full page has a next one, which is empty
    bool full_last_page = false;  ///< the first page is short, so that the last one is full
    bool duplicate = false;       ///< an item of the page before comes again
    bool skip = false;            ///< the page's first item is missing
    std::optional<std::int64_t> total_count = {};
    std::string foreign_link = {};    ///< put in front of the next link's uri
    std::string bad_record = {};      ///< kind of damage to one item
    bool bad_record_is_added = false; ///< ... to a copy of it, the item itself stays
    std::uint64_t bad_record_at = 0;  ///< which item, modulo their number
};

/// What a fault does to one exchange.
struct Effect {
    std::string name = {};                ///< of the fault; empty: none
    std::optional<Reply> instead = {};    ///< answered without handling the request
    std::optional<Reply> afterwards = {}; ///< answered once it has been handled
    bool token_is_refused = false;        ///< the access token is no longer valid
    bool mfa_compliant = true;
    bool body_ends_early = false; ///< with a Content-Length that agrees
    ListingFault listing = {};
    Delivery delivery = {};
};

/// What a rule is matched against.
struct FaultFacts {
    std::string_view target = {};    ///< path?query
    std::string_view customer = {};  ///< lower-case id, if the path names one
    std::string_view operation = {}; ///< of the API; empty: unknown path
    bool writes = false;             ///< it changes something
    bool sign_in = false;            ///< a request to the token endpoint
    bool continues = false;          ///< asks for a further page
};

/// The faults that were asked for. The first rule that fires decides.
class Faults {
  public:
    explicit Faults(std::uint64_t seed);
    ~Faults();

    /// One rule or an array of them, as JSON; returns what is wrong, or nothing.
    std::optional<std::string> add(const nlohmann::json& rules);
    void clear();
    [[nodiscard]] nlohmann::json list() const;

    Effect pick(const FaultFacts& facts);

  private:
    struct Rule;

    std::optional<std::string> add_rule(const nlohmann::json& rule);
    bool fires(Rule& rule, const FaultFacts& facts) const;

    std::uint64_t seed_;
    mutable std::mutex mutex_;
    std::vector<Rule> rules_;
};

/// The names of all faults with a line each.
std::string describe_faults();

} // namespace pcmirror::simulator
