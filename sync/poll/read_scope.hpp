#pragma once

#include "config/settings.hpp"
#include "schema/resource.hpp"
#include "sync/db/scope.hpp"
#include "sync/gateway/partner_center.hpp"
#include "sync/poll/row_troubles.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// Whether a record of the customer list is to be mirrored; null: all are.
using Admits = std::function<bool(const std::string& customer_id, const std::string& domain)>;

struct ReadOptions {
    std::filesystem::path spool_directory;
    Priority priority = Priority::poll;
    Admits admits = {};
    std::uint64_t* attempts = nullptr; ///< counted up with each request
    /// Goes into the digest's fingerprint beside the description: what the filter keeps out.
    std::uint64_t filter_fingerprint = 0;
};

/// What came of reading a scope.
struct ReadScope {
    std::optional<ScopeReading> reading; ///< absent: nothing could be read
    ScopeEnd end = ScopeEnd::applied;    ///< refused or failing where there is no reading
    std::string message;
    std::size_t pages = 0;
    /// Nothing came back that Partner Center would say: no answer, or rubbish, at every attempt.
    bool unanswered = false;
    /// Of what is read row by row, from here on: it was given up before the last row.
    bool cut_short = false;
    bool interrupted = false; ///< by cancellation, before the last row
    RowTroubles troubles = {};
};

/// A call for a scope.
Call call_of(
    PartnerCenter& api,
    const Resource& resource,
    const Lease& lease,
    std::string_view path_and_query,
    const ReadOptions& options
);

/// A listing's path and query. `outer`: columns of the row that the request is made for.
std::string path_of(
    const Listing& listing,
    const Lease& lease,
    std::vector<std::pair<std::string, std::string>> outer = {}
);

/// Walks the listings of a scope to their ends: pages, records, rows, digest. A refusal, a missing
/// parent or an answer that can't be read is a value; what throws is trouble that no other scope
/// would be spared (sign-in, an API out of reach: fix_api), and cancellation.
asio::awaitable<ReadScope>
read_scope(PartnerCenter& api, const Resource& resource, Lease lease, ReadOptions options);

/// Asks for rows that a listing lacks (contract, rule 1): by their own GET where that is cheaper,
/// else by a second complete listing, which then takes the place of the first.
asio::awaitable<ReadScope> confirm_absence(
    PartnerCenter& api,
    const Resource& resource,
    ScopeReading reading,
    std::vector<KeyText> missing,
    std::size_t pages,
    ReadOptions options
);

/// `/v1/customers/{customer_id}/users/{user_id}` with its placeholders filled; throws `Error`
/// (bug) for one that has no value.
std::string
fill_path(std::string_view path, const std::vector<std::pair<std::string, std::string>>& values);

} // namespace pcmirror
