#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pcmirror {

/// A row that a request is made for, by the part of its key after the customer.
struct RowToAsk {
    std::string id;
    /// "Not found" is no trouble: the row may be out of reach (`EarnedReads::dormant`).
    bool dormant = false;
};

/// A row of which the mirror has more than its answer showed, since the guard holds the deletion.
struct HeldRow {
    std::vector<std::string> counted; ///< what is held, by what counts it; nothing: not any more
    std::uint64_t in_tables = 0;      ///< how much pcmirror.owed_reads says is held
};

using HeldRows = std::map<std::string, HeldRow>; ///< by the row's id

/// How many are held, where the tables say `held` and `rows` is newer.
std::uint64_t held_with(std::uint64_t held, const HeldRows& rows);

/// A row that the next pass is to ask about.
struct RowOwed {
    std::string id;
    bool again = false; ///< it was asked, and could not be read
};

/// How far a scope got that is read row by row; stored in pcmirror.row_reads with each portion.
struct RowPlace {
    bool whole = false;       ///< all rows after `read_to` are still to be read
    std::string read_to = {}; ///< the last row of the rolling re-read; empty: at the beginning
    bool whole_read = false;  ///< there were no rows after `read_to`: all are asked by then
    double rolled_at = 0;     ///< seconds since 1970: what was due until then was read again
    std::string hunted = {};  ///< the counters that a search is for, as JSON; empty: none goes on
    int hunt_class = -1; ///< how likely the rows are that a search has come to; -1: none goes on
    std::string hunt_to = {}; ///< the last row that it asked, within its class
};

/// Why rows are asked about.
enum class Chosen {
    owed,     ///< somebody said that they are to be asked
    again,    ///< they could not be read the last time: that they can't again says nothing about
              ///< others
    all,      ///< every row is
    in_turn,  ///< the rolling re-read came to them
    suspects, ///< counters say that somebody's rows changed, and these are likely
};

/// Rows of one scope that are asked about and applied together.
struct RowPortion {
    std::vector<RowToAsk> rows;
    std::vector<std::string> gone;  ///< no longer among the outer rows: what was read for them goes
    std::vector<std::int64_t> owed; ///< entries of pcmirror.owed_reads that this portion settles
    RowPlace place;                 ///< where the scope has got to once it is applied
    Chosen chosen = Chosen::owed;
    std::uint64_t foretold = 0; ///< rows of the scope that are gone, as its counters say
    int number = 0;             ///< within its pass, from 1
};

} // namespace pcmirror
