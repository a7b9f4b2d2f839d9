#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pcmirror {

/// A row that a request is made for, by the part of its key after the customer.
struct RowToAsk {
    std::string id;
    /// "Not found" is no trouble: the row may be out of reach (`EarnedReads::dormant`).
    bool dormant = false;
};

/// A row that the next pass is to ask about.
struct RowOwed {
    std::string id;
    bool again = false; ///< it was asked, and could not be read
};

/// How far a scope got that is read row by row; stored in pcmirror.row_reads with each portion.
struct RowPlace {
    bool whole = false;       ///< all rows after `read_to` are still to be read
    std::string read_to = {}; ///< the last row of the rolling re-read; empty: at the beginning
    double rolled_at = 0;     ///< seconds since 1970: what was due until then was read again
    std::string hunted = {};  ///< the counters that a search is for, as JSON; empty: none goes on
    int hunt_class = -1; ///< how likely the rows are that a search has come to; -1: none goes on
    std::string hunt_to = {}; ///< the last row that it asked, within its class
};

/// Rows of one scope that are asked about and applied together.
struct RowPortion {
    std::vector<RowToAsk> rows;
    std::vector<std::string> gone;  ///< no longer among the outer rows: what was read for them goes
    std::vector<std::int64_t> owed; ///< entries of pcmirror.owed_reads that this portion settles
    RowPlace place;                 ///< where the scope has got to once it is applied
    /// They could not be read the last time: that they can't again says nothing about others.
    bool again = false;
    /// Of the rolling re-read: the guard's fractions are those of the rows that are read again.
    bool in_turn = false;
    int number = 0; ///< within its pass, from 1
};

} // namespace pcmirror
