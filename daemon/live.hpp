#pragma once

#include "daemon/program.hpp"
#include "sync/db/report_store.hpp"
#include "sync/db/row_portion.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// Rows as the API has them now.
struct LiveRows {
    std::vector<std::vector<TextRow>> tables; ///< as `Resource::tables`; columns, then extra
    std::size_t rejected = 0;                 ///< records that can't be read
    std::string trouble;                      ///< why rows may be missing; empty: all are there
    bool unknown = false; ///< the trouble is that the partner has no customer with this id
};

/// Customers as the API has them now.
struct LiveCustomers {
    std::vector<MirroredCustomer> found;
    std::size_t rejected = 0; ///< records that can't be read
    std::string trouble;      ///< why the API does not say; empty: it did, also that there is none
};

/// Reads a resource of one customer; of a partner-wide one, the record of that id. `rows` are those
/// that a request each is made for. Throws `Error` where the API can't be asked.
asio::awaitable<LiveRows> read_live(
    Program& program, const Resource& resource, std::string customer_id, std::vector<RowToAsk> rows
);

/// Customers by id, by default domain, or by the beginning of the company name. Throws `Error`.
asio::awaitable<LiveCustomers> find_live(Program& program, std::string text);

/// The partner's link by which somebody becomes a customer of his. Throws `Error`.
asio::awaitable<std::string> read_invitation(Program& program);

/// Tells that records were left out; empty where none was.
std::string left_out_text(std::size_t rejected);

} // namespace pcmirror
