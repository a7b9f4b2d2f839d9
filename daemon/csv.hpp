#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace pcmirror {

/// One record of a CSV file.
struct CsvRecord {
    std::uint64_t line = 0; ///< where it starts, from 1; a value may have line breaks
    std::vector<std::string> values;
    std::string problem; ///< why it can't be used; empty: it can. Never says what a value is
};

/// Reads comma-separated values as RFC 4180 has them, record by record, whatever the size of the
/// file: UTF-8 with or without byte-order mark, lines that end in LF, CRLF or CR; quotes around
/// values with commas, quotes (doubled) and line breaks. Lines without anything are passed over. A
/// record that breaks these rules says so, and reading goes on behind it where it can.
class CsvReader {
  public:
    /// `in` outlives it.
    explicit CsvReader(std::istream& in) : in_(in) {}

    /// Reads the next record into `record`, whose memory is used again; false: there is none.
    /// Throws `std::ios_base::failure` where the file can't be read.
    bool next(CsvRecord& record);

  private:
    void pass_mark();
    void read_record(CsvRecord& record);
    /// Reads one value; whether another one follows in this record.
    bool read_value(CsvRecord& record, std::string& value);
    int read_quoted(CsvRecord& record, std::string& value);
    int get();
    int peek();
    void end_line(int letter);

    std::istream& in_;
    std::uint64_t line_ = 1;
    bool begun_ = false;
    std::size_t size_ = 0; ///< bytes of the record so far
    bool ended_ = false;
    bool broken_mark_ = false; ///< the file begins with a part of a byte-order mark
};

} // namespace pcmirror
