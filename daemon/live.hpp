#pragma once

#include "daemon/program.hpp"
#include "sync/db/report_store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// Rows as the API has them now.
struct LiveRows {
    std::vector<std::vector<TextRow>> tables; ///< as `Resource::tables`; columns, then extra
    std::size_t rejected = 0;                 ///< records that can't be read
    std::string trouble;                      ///< why rows may be missing; empty: all are there
};

/// Reads a resource of one customer; of a partner-wide one, the record of that id. `rows` are those
/// that a request each is made for. Throws `Error` where the API can't be asked.
asio::awaitable<LiveRows> read_live(
    Program& program, const Resource& resource, std::string customer_id, std::vector<KeyText> rows
);

/// Customers by id, by default domain, or by the beginning of the company name.
asio::awaitable<std::vector<MirroredCustomer>> find_live(Program& program, std::string text);

/// Whether the text is a GUID, in any case.
bool is_guid(std::string_view text);

} // namespace pcmirror
