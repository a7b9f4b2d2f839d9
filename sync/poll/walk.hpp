#pragma once

#include "schema/resource.hpp"
#include "sync/gateway/partner_center.hpp"
#include "sync/records/page.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace pcmirror {

/// How a walk over one listing ended.
enum class WalkEnd {
    complete,
    refused,   ///< 403 on the first page
    not_found, ///< 404 on the first page: the parent is gone, or was never ours
    broken,    ///< anything else; pages read so far were handed over
};

struct Walked {
    WalkEnd end = WalkEnd::complete;
    std::string message; ///< why it is not complete
    std::size_t pages = 0;
};

struct WalkHandlers {
    std::function<asio::awaitable<void>(const Page& page)> page;
    std::function<void()> start_over; ///< the continuation was lost: all pages so far don't count
};

/// Follows a listing from its first call until the service says the end (core API rules, "seek
/// paging"): next links verbatim, with their headers. A link to a foreign host is refused and never
/// fetched. A next link seen before is a loop. An expired continuation starts over once.
asio::awaitable<Walked>
walk_listing(PartnerCenter& api, Envelope envelope, Call first, WalkHandlers handlers);

/// The same where what a complete listing lacks counts as gone. Several pages are no proof of
/// absence, so they are walked twice: all pages of both are handed over.
asio::awaitable<Walked> walk_for_absence(
    PartnerCenter& api,
    Envelope envelope,
    Call first,
    std::function<asio::awaitable<void>(const Page& page)> page
);

} // namespace pcmirror
