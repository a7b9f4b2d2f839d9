#pragma once

#include "schema/resource.hpp"
#include "schema/row.hpp"
#include "sync/records/decode.hpp"
#include "sync/records/plan.hpp"
#include "sync/records/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Decodes one record, or one element of a nested array, into a row of one table. Keeps what it
/// read until the next `bind`.
class TableDecoder {
  public:
    /// `nested`: pointers of the arrays that feed other tables.
    TableDecoder(const Table& table, std::span<const std::string_view> nested);

    /// Finds the members of a record.
    void bind(const JsonTree& tree, std::uint32_t node, std::vector<Mark>& marks);

    /// Reads the key columns; a problem in words, or an empty string. `parent` is the decoder of
    /// the row around a nested one, or null.
    std::string
    read_key(const JsonTree& tree, const Surroundings& around, const TableDecoder* parent);

    /// Reads the key columns of a record that can't be parsed as a whole; true if all of them could
    /// be read.
    bool rescue_key(std::string_view record, const Surroundings& around);

    /// Reads the other columns; a problem in words, or an empty string.
    std::string
    read_others(const JsonTree& tree, const Surroundings& around, const TableDecoder* parent);

    /// Writes the row; `scratch` is overwritten.
    void write(
        const JsonTree& tree,
        std::uint32_t node,
        const std::vector<Mark>& marks,
        RowWriter& row,
        std::string& scratch
    ) const;

    /// The texts of the key columns, once read.
    [[nodiscard]] std::vector<std::string> key() const;

    /// The node of a nested array, or `Plan::absent`.
    [[nodiscard]] std::uint32_t nested(std::size_t index) const { return found_.nested[index]; }

  private:
    struct Field {
        Reading reading = Reading::null;
        std::string text;
    };

    std::string read(
        std::size_t column,
        const JsonTree& tree,
        const Surroundings& around,
        const TableDecoder* parent
    );
    void read_around(std::size_t column, const Surroundings& around, const TableDecoder* parent);
    void rescue(std::size_t column, std::string_view record);
    /// What is wrong with a key column that was read; empty if nothing.
    [[nodiscard]] std::string key_problem(std::size_t column) const;
    [[nodiscard]] const Field* field(std::string_view column) const;

    const Table* table_;
    Plan plan_;
    Plan::Found found_;
    std::vector<Field> fields_; ///< in the order of the columns
};

} // namespace pcmirror
