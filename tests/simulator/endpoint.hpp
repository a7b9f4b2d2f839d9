#pragma once

#include "tests/simulator/damage.hpp"
#include "tests/simulator/faults.hpp"
#include "tests/simulator/filter.hpp"
#include "tests/simulator/problem.hpp"
#include "tests/simulator/spell.hpp"
#include "tests/simulator/switches.hpp"
#include "tests/simulator/tokens.hpp"
#include "tests/simulator/wire.hpp"
#include "tests/simulator/world.hpp"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pcmirror::simulator {

/// The items of a page, one after the other, with where each begins.
struct Items {
    std::string text = {};
    std::vector<std::size_t> starts = {};
};

struct Endpoint;
struct Write;

/// A request on its way to the part that answers it.
struct Call {
    const Request& request;
    const Endpoint& endpoint;
    const View& world;
    const SwitchValues& switches;
    const ListingFault& fault;
    Speller speller;
    std::uint64_t turn = 0;     ///< for choices that no item makes
    std::uint32_t customer = 0; ///< that the path names
    std::uint32_t user = 0;     ///< see `locate`
    std::size_t role = 0;       ///< likewise
    std::vector<std::pair<std::string_view, std::string>> variables = {}; ///< of the path
    std::string filter = {}; ///< of the listing, as JSON

    [[nodiscard]] std::string_view variable(std::string_view name) const;
};

enum class Paging {
    none,   ///< one object
    single, ///< a collection in one answer
    seek,   ///< a collection in pages
};

/// Appends up to `limit` items from position `from` on; the position where it goes on, or nothing
/// at the end.
using Rows = std::optional<std::uint32_t> (*)(
    Call& call, std::uint32_t from, std::size_t limit, Items& items
);

/// An operation that shares method and path with another.
struct Variant {
    std::string_view name;
    bool (*is_meant)(const nlohmann::json& body);
};

/// An endpoint of the API. A further one is a line in one of the tables that endpoints.cpp lists,
/// and its function.
struct Endpoint {
    std::string_view name = {};
    std::string_view method = "GET";
    std::string_view path = {};         ///< `{customer_id}` is checked before the endpoint is asked
    TokenKind sign_in = TokenKind::app; ///< the least that suffices
    /// Finds what the path names beside the customer, or says what is wrong.
    std::optional<Problem> (*locate)(Call& call) = nullptr;
    Paging paging = Paging::none;
    Rows rows = nullptr;                             ///< of a collection
    Reply (*answer)(Call& call) = nullptr;           ///< of anything else that is read
    Reply (*write)(Write& write) = nullptr;          ///< of what changes something
    std::span<const Variant> variants = {};          ///< the first one that is meant, else `name`
    bool (*filters)(const Filter& filter) = nullptr; ///< whether `rows` knows it; null: none
    Damageable damageable = {};                      ///< members of an item
};

std::span<const Endpoint> endpoints();

/// What a path leads to.
struct Route {
    const Endpoint* endpoint = nullptr; ///< null: see `status`
    int status = 404;                   ///< 404 or 405
    std::vector<std::pair<std::string_view, std::string>> variables = {};
};

/// Their names, for the help.
std::string describe_endpoints();

/// What a request asks for.
std::string_view operation_of(const Endpoint& endpoint, const Request& request);

Route find_route(std::span<const Endpoint> table, std::string_view method, std::string_view path);

/// Answers a request for a collection.
Reply answer_listing(Call& call);

/// A JSON answer, laid out and marked as the switches say.
Reply json_answer(Call& call, std::string json);

} // namespace pcmirror::simulator
