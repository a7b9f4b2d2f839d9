#pragma once

#include "schema/resource.hpp"
#include "schema/row.hpp"
#include "sync/records/json.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pcmirror {

class TableDecoder;
enum class Mark : std::uint8_t;

/// Values that come from around the record: the scope's customer, and the key columns of the row
/// that the request was made for.
struct Surroundings {
    std::string customer_id; ///< lower case; empty for partner-wide scopes
    std::vector<std::pair<std::string, std::string>> outer; ///< column name, text
};

/// Why a record can't be stored.
struct Rejection {
    std::string reason; ///< in words, naming the member: `quantity: "many" is no integer`
    /// Fields of the first table's key, where they could be read: the old row stays, and counts as
    /// present. Empty: the scope deletes nothing.
    std::vector<std::string> key;
    std::string record; ///< the raw record, as it came
};

/// One decoded row.
struct DecodedRow {
    std::size_t table = 0; ///< index in `Resource::tables`
    std::string bytes;     ///< as `RowWriter` writes: the table's columns, then `extra`
};

/// Turns records into rows by a resource's description. Pure; keeps its scratch memory between
/// calls.
class Decoder {
  public:
    /// `resource` must outlive the decoder.
    explicit Decoder(const Resource& resource);
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    Decoder(Decoder&&) noexcept;
    Decoder& operator=(Decoder&&) noexcept;
    ~Decoder();

    /// Decodes one raw record into rows: one of the first table, and those of nested tables. A
    /// record is decoded whole or not at all: returns the rejection, or nothing when all went well.
    std::optional<Rejection> decode(std::string_view record, const Surroundings& around);

    /// What the last call decoded, valid until the next one; empty after a rejection.
    [[nodiscard]] const std::vector<DecodedRow>& rows() const { return rows_; }

  private:
    std::string decode_record(const Surroundings& around, bool& key_is_read);
    std::string decode_nested(std::size_t table, const Surroundings& around);

    const Resource* resource_;
    JsonTree tree_;
    std::vector<TableDecoder> tables_; ///< as `Resource::tables`
    std::vector<Mark> marks_;          ///< of the tree's nodes
    RowWriter writer_;
    std::string scratch_;
    std::vector<DecodedRow> rows_;
};

} // namespace pcmirror
