#pragma once

#include "daemon/csv.hpp"
#include "schema/operation_catalogue.hpp"
#include "sync/write/document.hpp"
#include "sync/write/job_batch.hpp"

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

namespace pcmirror {

/// What the lines of a batch have in common, as the command line says it. What a line says itself
/// counts more.
struct BatchCommon {
    const Operation* operation = nullptr; ///< null: a column names it
    std::string payload = "{}";           ///< fields of all lines, as a JSON object
    NewJob job;                           ///< customer, run_after and priority
    /// Put before the lines' own keys; where these are no column, before the line's number. Empty:
    /// nothing is.
    std::string key_prefix;
};

/// A CSV file with a job on each line; the header names what its columns are: fields of the
/// payload, dots between nested ones, or what belongs to the job itself (customer, key, priority,
/// run_after, operation). An empty cell is a field that is missing.
class BatchFile {
  public:
    /// Reads the header. Throws `Error` (fix_config) with all that is wrong with it. `in` outlives
    /// it; `name` is that of the file, for messages.
    BatchFile(std::istream& in, std::string name, BatchCommon common);

    /// The next jobs; none: that was all. Throws `Error` (fix_config) where the file can't be read.
    std::vector<BatchJob> next(std::size_t at_most);

  private:
    enum class Role { field, customer, key, priority, run_after, operation };

    struct Column {
        Role role = Role::field;
        std::string name;
        std::string pointer; ///< of the payload's member, as JSON pointer
    };

    void read_header();
    [[nodiscard]] std::vector<std::string> header_problems() const;
    [[nodiscard]] Column column_named(const std::string& name) const;
    [[nodiscard]] bool is_field(const std::string& name) const;
    [[nodiscard]] std::string unknown_column(const std::string& name) const;
    [[nodiscard]] bool has(Role role) const;
    bool next_record();
    [[nodiscard]] BatchJob job_of(const CsvRecord& record) const;
    [[nodiscard]] const Operation* operation_of(const CsvRecord& record, BatchJob& job) const;
    void take_own(const Column& column, const std::string& value, BatchJob& job) const;

    std::string name_;
    BatchCommon common_;
    Document common_payload_;
    CsvReader reader_;
    CsvRecord record_;
    std::vector<Column> columns_;
};

} // namespace pcmirror
