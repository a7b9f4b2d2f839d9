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
    friend class SpoolReader;
    struct State;
    std::unique_ptr<State> state_;
};

/// Goes once through the rows of one table, so that others may have a turn in between. The spool
/// outlives it and gets no more rows.
class SpoolReader {
  public:
    SpoolReader(const Spool& spool, std::size_t table);

    /// Calls back for the rows of the next quarter of a megabyte or so; false: there were none
    /// left.
    bool next(const std::function<void(std::string_view row_bytes)>& row);

  private:
    const Spool* spool_;
    std::size_t table_;
    std::uint64_t read_to_ = 0; ///< of the file
    bool at_end_ = false;       ///< what follows the file in memory has been handed out
    std::string piece_;
};

} // namespace pcmirror
