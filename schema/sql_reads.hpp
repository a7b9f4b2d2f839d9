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

    /// Entries after number $3 up to $4, at most $5, of those to be asked again ($6) or the
    /// others, those with held deletes only with $7 or where the row is gone: number, row's id,
    /// whether the row is still there, whether it is dormant.
    [[nodiscard]] std::string owed_rows() const;

    /// Of each of customers $1 (uuid[]) and resource $2: customer, how many rows are kept although
    /// their deletes are held, and what the guard counts: rows deleted, read in their turn, and
    /// deleted of these.
    [[nodiscard]] std::string guarded() const;

    /// The first $2 rows in the order of their key, or those after $3: id, whether dormant.
    [[nodiscard]] std::string first_rows() const;
    [[nodiscard]] std::string rows_after() const;

    /// Of each counter that counts rows, and of what is mirrored without one: what is counted,
    /// count less mirrored rows, count, mirrored rows of resource $2 whose deletes are held. Of a
    /// dry run $3 (jsonb) says by how many rows more there would be, and $4 what would be held of
    /// rows that it asked about: their ids, each with an array of what counts it.
    [[nodiscard]] std::string differences() const;

    /// Rows of resource $2 without held deletes that may be why counters $3 (text[]) rose and $4
    /// fell, at most $6: id, whether dormant, class; $5 as $4 of `differences`. Those that changed
    /// since the last pass; the others (with $7: all), the likely ones first; of these, those after
    /// id $9 of class $8.
    [[nodiscard]] std::string changed_suspects() const;
    [[nodiscard]] std::string suspects() const;
    [[nodiscard]] std::string suspects_after() const;

    /// State, last success (both may be NULL) and last error of the outer rows' own scope.
    [[nodiscard]] std::string outer_scope() const;

    /// Sets row_count of scope $2 with lease $3 to what is mirrored.
    [[nodiscard]] std::string recount() const;

    /// Over customers $3 (uuid[] as text; empty: all that are neither refused nor excluded) whose
    /// outer rows were read: rows that their first reading, or that of another description than $2,
    /// has still to ask about, or all rows ($4); owed ones; all; and those whose turn it is by now,
    /// in a rolling re-read that goes round in $5 seconds. $1 is the resource.
    [[nodiscard]] std::string load() const;

    /// As `differences`, of all customers: customer, what is counted, count less mirrored rows of
    /// resource $1, those of them whose deletes are held.
    [[nodiscard]] std::string all_differences() const;

    /// Of each customer all of whose rows of resource $1 were read: customer, usual and expected
    /// differences, and of a search the counters, and class and id it has come to.
    [[nodiscard]] std::string places() const;

    /// Suspects as above, counted by class: those that changed, and the others after id $7 of class
    /// $6 (-1: all).
    [[nodiscard]] std::string count_suspects() const;

  private:
    [[nodiscard]] std::string turn(const std::string& after) const;
    [[nodiscard]] std::string ordered_suspects(const std::string& after) const;
    [[nodiscard]] std::string classed() const;
    [[nodiscard]] std::string
    compared(const std::string& customers, const std::string& parts) const;
    [[nodiscard]] std::string dormant(const std::string& row) const;

    const Resource& resource_;
    std::string own_;   ///< table
    std::string outer_; ///< table
    std::string key_;   ///< column after the customer
    std::string type_;  ///< of the key
};

} // namespace pcmirror::sql
