#pragma once

#include "schema/resource.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pcmirror {

/// `links.next` of a page, verbatim (core API rules, "seek paging").
struct NextLink {
    std::string uri;
    std::vector<std::pair<std::string, std::string>> headers;
    bool operator==(const NextLink&) const = default;
};

/// One answer of a listing, cut into records without judging them.
struct Page {
    std::vector<std::string_view> records; ///< the raw JSON of each, views into the body
    std::optional<NextLink> next;          ///< absent: the listing ends here
    std::string continuation_token; ///< top-level member; used only where `next` lacks its header
};

/// Cuts a body into records. Tolerant inside records (bad bytes, lone surrogates: theirs to
/// answer for), strict about the frame: a body that is cut off, that is not JSON, or that has no
/// `items` array where the envelope says so throws `Error` (retry_later) saying what was found
/// ("the answer is HTML", "the answer ends inside a record at byte 1234"). Skips a byte order mark.
/// Member names compare without case.
Page scan_page(std::string_view body, Envelope envelope);

/// Where to GET the next page. `base` is the API's URL without trailing slash. The URI is used byte
/// for byte; `/v1` is put in front only where the path does not start with it; a doubled prefix
/// (`/v1//v1/`, `/v1/v1/`) is cut to one. An absolute URI is accepted only if scheme, host and port
/// are those of `base`: anything else throws `Error` (skip_scope), so that no token ever goes to a
/// foreign host (also `//host/...`, `@`, backslashes, control characters).
std::string resolve_link(std::string_view base, std::string_view uri);

/// The headers that the request for the next page takes: those of the link; without a
/// `MS-ContinuationToken` among them the body's token under that name.
std::vector<std::pair<std::string, std::string>> continuation_headers(const Page& page);

} // namespace pcmirror
