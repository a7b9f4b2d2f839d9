#pragma once

#include "schema/resource.hpp"

#include <string>

namespace pcmirror::sql {

/// SQL over the rows that a resource makes requests for (`Resource::per_row_of`), derived from the
/// descriptions. $1 is the customer, but where something else is said.
class RowReads {
  public:
    /// `resource` must outlive it.
    explicit RowReads(const Resource& resource);

    [[nodiscard]] std::string count_outer() const;

    /// The number of the last entry of pcmirror.owed_reads of resource $2; 0: there is none.
    [[nodiscard]] std::string last_owed() const;

    /// Entries after number $3 up to $4, at most $5: number, row's id, whether the row is still
    /// there, whether it is dormant.
    [[nodiscard]] std::string owed_rows() const;

    /// The first $2 rows in the order of their key, or those after $3: id, whether dormant.
    [[nodiscard]] std::string first_rows() const;
    [[nodiscard]] std::string rows_after() const;

    /// Of each counter that counts rows: what it counts, count less mirrored rows.
    [[nodiscard]] std::string differences() const;

    /// Rows of resource $2 that may be why counters $3 (text[]) rose and $4 fell, the likely ones
    /// first, at most $5: id, whether dormant, class. The second one: those after id $7 of class
    /// $6.
    [[nodiscard]] std::string suspects() const;
    [[nodiscard]] std::string suspects_after() const;

    /// Over all customers that are neither refused nor excluded: rows that a pass asks about in any
    /// case, and those of its rolling re-read. $1 is the resource.
    [[nodiscard]] std::string count_load() const;

  private:
    [[nodiscard]] std::string turn(const std::string& after) const;
    [[nodiscard]] std::string ordered_suspects(const std::string& after) const;
    [[nodiscard]] std::string dormant(const std::string& row) const;

    const Resource& resource_;
    std::string own_;   ///< table
    std::string outer_; ///< table
    std::string key_;   ///< column after the customer
    std::string type_;  ///< of the key
};

} // namespace pcmirror::sql
