#pragma once

#include "schema/row.hpp"
#include "sync/records/decode.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// The rows of one scope between the network and the transaction: in memory up to a limit, then in
/// an unlinked file of the state directory, so that memory does not grow with the customer.
class Spool {
  public:
    /// `directory` gets the file; `memory_limit` in bytes. Nothing is opened before it is needed.
    explicit Spool(std::filesystem::path directory, std::size_t memory_limit = 256 << 10);
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;
    Spool(Spool&&) noexcept;
    Spool& operator=(Spool&&) noexcept;
    ~Spool();

    /// Throws `Error` (retry_later) that names the directory when the disk is full or unwritable.
    void add(const DecodedRow& row);

    /// Calls back for each row of one table in the order they came. May be repeated.
    void read(std::size_t table, const std::function<void(std::string_view row_bytes)>& row) const;

    [[nodiscard]] const Digest& digest() const;
    /// Rows of one table.
    [[nodiscard]] std::uint64_t count(std::size_t table) const;
    [[nodiscard]] std::uint64_t size_bytes() const;
    /// What of it is in memory.
    [[nodiscard]] std::size_t memory_bytes() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace pcmirror
