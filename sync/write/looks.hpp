#pragma once

#include "sync/write/live_items.hpp"
#include "sync/write/write_request.hpp"

#include <optional>
#include <string>

namespace pcmirror {

/// Looks whether an earlier attempt of a job took effect (`Operation::look`). Returns the item that
/// shows it; an empty document where there is none to show; nothing: no effect is to be seen, which
/// counts once the operation's settle time has passed. `sent_at`: when the request left, in UTC as
/// `read_timestamp` has it; what is known to be older is no effect of it. Empty: it was answered.
/// Throws as `LiveItems`.
asio::awaitable<std::optional<Document>>
look(LiveItems& items, const FilledOperation& job, std::string sent_at);

/// The user of that name, among the active and the inactive ones. Throws as `LiveItems`.
asio::awaitable<std::optional<Document>>
find_user(LiveItems& items, std::string customer_id, std::string user_principal_name);

/// The inactive user of that id.
asio::awaitable<std::optional<Document>>
find_inactive_user(LiveItems& items, std::string customer_id, std::string user_id);

} // namespace pcmirror
