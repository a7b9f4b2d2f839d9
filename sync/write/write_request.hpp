#pragma once

#include "schema/operation.hpp"
#include "sync/write/document.hpp"

#include <string>
#include <string_view>

namespace pcmirror {

/// A job's operation with what fills it in. What is named by something else than its id is resolved
/// already.
struct FilledOperation {
    const Operation* operation = nullptr;
    std::string customer_id; ///< empty: of the partner itself
    std::string tenant_id;   ///< the partner's
    Document payload;        ///< with its secrets
};

/// Whether a request of it says which tenant the partner's is.
bool names_tenant(const Operation& operation);

/// A payload of the operation without what is secret in it.
Document without_secret_fields(const Operation& operation, Document payload);

/// `/v1/...` with its placeholders filled in, percent-encoded.
std::string filled_path(const FilledOperation& job, std::string_view path);

/// A value of a payload's field as the API spells it.
Document spelt_value(const Operation& operation, const PayloadField& field, const Document& value);

/// The members that the payload changes, as the API names and spells them.
Document changed_members(const FilledOperation& job);

/// The body of the request; `item` is the resource as it is now, for what is sent back as a whole,
/// and for members that are copied from it. A null document: there is no body.
Document body_of(const FilledOperation& job, const Document& item);

/// The value of If-Match that sending the item back wants, in its quotes; empty: none.
std::string if_match_of(const Operation& operation, const Document& item);

/// Whether the item shows what the payload wants. What an item does not carry (a password) counts
/// as shown.
bool shows(const FilledOperation& job, const Document& item);

/// Whether the item is as the payload wants it as far as it tells: readings show less than what was
/// sent to make it.
bool may_have_made(const FilledOperation& job, const Document& item);

/// What the payload changes, as it is in an item.
Document targets_in(const FilledOperation& job, const Document& item);

/// Whether two readings of what a payload changes say the same.
bool same_targets(const Operation& operation, const Document& before, const Document& now);

/// What of `expect` the item does not have, in words; empty: it is as expected.
std::string unexpected(const FilledOperation& job, const Document& item);

} // namespace pcmirror
