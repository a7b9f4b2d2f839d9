#pragma once

#include "config/settings.hpp"
#include "schema/operation.hpp"
#include "sync/write/document.hpp"
#include "sync/write/queue.hpp"

#include <string>

namespace pcmirror {

/// The request that a job would send, secrets masked.
struct ShownRequest {
    std::string operation;
    std::string customer_id; ///< empty: of the partner itself
    std::string read_first;  ///< URL of what is read before; empty: nothing is
    std::string method;
    std::string url;
    bool if_match = false;  ///< it carries the ETag of what was read
    Document body;          ///< null: none
    bool whole = false;     ///< the body has all other members, too, as they are read
    std::string user_id_of; ///< the user whose id stands in the URL as USER_ID; empty: it is known
};

/// The request of a job that may be queued.
ShownRequest shown_request(const Settings& settings, const Operation& operation, const NewJob& job);

std::string request_text(const ShownRequest& request);

/// The same as one document.
std::string request_json(const ShownRequest& request);

} // namespace pcmirror
