#pragma once

#include "schema/resource.hpp"
#include "sync/records/spool.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

struct RowHash {
    std::uint64_t key = 0;     ///< of the key columns
    std::uint64_t content = 0; ///< of the whole row

    bool operator==(const RowHash&) const = default;
};

/// Hashes of the rows of one scope, so that a listing can be compared with what the mirror has
/// without reading it; 16 bytes a row.
class RowHashes {
  public:
    RowHashes() = default;

    /// Of the rows of a reading, in their order. `keys` columns, which come first, are the key.
    static std::vector<RowHash> read(const Spool& rows, std::size_t keys);

    /// In any order.
    explicit RowHashes(std::vector<RowHash> hashes);

    /// Takes the next part of what `part` wrote. False: it can't be that.
    bool append(std::string_view bytes);

    /// How many bytes each part has but the last one.
    static constexpr std::size_t part_size = 4096 * sizeof(RowHash);

    /// The bytes of a part, from 0 on; empty behind the last one. A large scope is stored and read
    /// part by part, so that it does not stand in memory in several spellings.
    [[nodiscard]] std::string_view part(std::size_t index) const;

    [[nodiscard]] std::size_t size() const { return hashes_.size(); }

    /// Whether two rows have the same key: a record that was read twice.
    [[nodiscard]] bool ambiguous() const;

    [[nodiscard]] const RowHash* find(std::uint64_t key) const;

  private:
    std::vector<RowHash> hashes_; ///< by key
};

/// What a listing says of a row that the mirror may have.
enum class RowNews : std::uint8_t { same, changed, added };

/// For each row of a listing, in its order.
std::vector<RowNews> compare(const RowHashes& known, std::span<const RowHash> read);

/// How many known rows are not among those read.
std::size_t count_lacking(const RowHashes& known, std::span<const RowNews> news);

/// Hash of a key by its fields, as `RowHashes::read` takes it from a row.
std::uint64_t key_hash(std::span<const std::string> fields);

} // namespace pcmirror
