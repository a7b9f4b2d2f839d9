#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror {

/// A row of a mirrored table as one run of bytes: each field in the order of the table's columns,
/// NULL or text in the form PostgreSQL reads (`2018-03-15 02:17:15.645567+00`, `{"a","b"}`), the
/// `extra` member last. Values are brought to one spelling first, so equal bytes mean equal
/// content.
class RowWriter {
  public:
    void clear() { bytes_.clear(); }

    void null();
    void value(std::string_view text);

    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
};

/// Reads what `RowWriter` wrote. The views live as long as the bytes.
class RowReader {
  public:
    explicit RowReader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    /// The bytes of the fields that were not read yet.
    [[nodiscard]] std::string_view rest() const { return rest_; }

    /// The next field; no value for NULL. Throws `Error` (bug) behind the end.
    std::optional<std::string_view> next();

  private:
    std::string_view rest_;
};

/// The order-independent digest of a scope: the sum of the 128-bit content hashes of its records
/// and their count. Two scopes with equal digests have equal rows.
class Digest {
  public:
    /// Adds one record: the bytes of all rows that came from it, `table` telling tables apart.
    void add(std::size_t table, std::string_view row_bytes);
    /// 24 bytes: the sum and the count, to be stored beside the catalogue's fingerprint.
    [[nodiscard]] std::string bytes() const;
    /// The same in hex.
    [[nodiscard]] std::string hex() const;

    [[nodiscard]] std::uint64_t count() const { return count_; }

    bool operator==(const Digest&) const = default;

  private:
    std::uint64_t low_ = 0;
    std::uint64_t high_ = 0;
    std::uint64_t count_ = 0;
};

} // namespace pcmirror
