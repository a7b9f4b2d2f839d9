#pragma once

#include "schema/column.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

namespace pcmirror {

struct Resource;

/// A table that a resource's listing feeds. The first table of a resource takes the record itself,
/// each further one the elements of an array inside the record.
struct Table {
    std::string_view name = {};
    std::string_view comment = {};
    std::span<const Column> columns = {};
    /// JSON pointer of the array whose elements are this table's rows; empty: the record itself.
    std::string_view nested_in = {};
};

enum class Paging {
    single, ///< one answer (a next link is followed all the same if one ever appears)
    seek,   ///< links.next with its headers
};

enum class Envelope {
    collection, ///< {"items": [...], "links": {...}}
    array,      ///< a bare array
    object,     ///< one record
};

/// The least sign-in that suffices.
enum class SignIn {
    app,  ///< app-only or app+user
    user, ///< app+user only; an app-only token is refused
};

/// One walk over the API that feeds a scope; a scope may need two.
struct Listing {
    std::string_view name = {}; ///< only where there are two: "active", "inactive"
    /// `/v1/...` with `{column}` placeholders: `{customer_id}`, and the columns of the row that the
    /// request is made for.
    std::string_view path = {};
    std::string_view query = {}; ///< ready-made, percent-encoded, without '?'
};

/// A column and a value of it.
struct Condition {
    std::string_view column = {};
    std::string_view value = {};
};

/// For a resource that is read by one request a row: how counts of another one tell when it is
/// worth asking. Each further row of a counter stands for one row of the resource.
struct EarnedReads {
    const Resource* counters = nullptr;
    /// Column of both, the last one of the rows' key: what a counter counts.
    std::string_view counted_by = {};
    std::string_view count = {}; ///< column of the counters
    Condition uncounted = {};    ///< counters that say nothing about rows
    /// Outer rows for which "not found" is no trouble: they may be out of reach.
    Condition dormant = {};
    /// Column of the outer row without which nothing new can come to it; such rows are asked last.
    std::string_view eligible_with = {};
};

/// A national cloud; a set of them says where a resource is missing.
enum class Cloud { global, china, us_government };

/// What is mirrored, as data. Requests, decoding, SQL, comments, `pcmirror resources` and the
/// standard tests follow from it. See schema/README.md for how to add one.
struct Resource {
    std::string_view name = {}; ///< also the name of its first table
    std::string_view comment = {};
    /// One scope for each row of this resource's table; null: one scope for the whole partner.
    const Resource* parent = nullptr;
    /// One request for each row of this resource's first table inside the scope, whose key the rows
    /// read for it begin with; null: requests for the scope as a whole.
    const Resource* per_row_of = nullptr;
    /// Of such a resource: which of the requests are made. Null: all of them, in each pass.
    const EarnedReads* earned = nullptr;
    std::span<const Table> tables = {};
    std::span<const Listing> listings = {};
    Paging paging = Paging::single;
    Envelope envelope = Envelope::collection;
    /// Of a resource whose rows others are read by: the column whose change makes a row worth
    /// asking about again. New rows and gone ones are told in any case.
    std::string_view reread_when = {};
    /// GET that tells whether one row still exists: 404 says it is gone. Empty: there is none, and
    /// absence is confirmed by a second complete listing.
    std::string_view item_path = {};
    SignIn sign_in = SignIn::user;
    std::chrono::seconds every = std::chrono::hours(1);  ///< default schedule
    std::optional<std::chrono::seconds> full_every = {}; ///< only where a rolling re-read exists
    std::span<const Cloud> missing_in = {};
    std::string_view source = {}; ///< the API page that it was read from

    [[nodiscard]] constexpr const Table& table() const { return tables.front(); }
};

} // namespace pcmirror
