#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// COPY ... FROM STDIN with a number of columns that is known at run time only. No other statement
/// may run in the transaction until `complete`, which must be called unless something was thrown.
class CopyIn {
  public:
    CopyIn(
        pqxx::transaction_base& transaction,
        std::string_view schema,
        std::string_view table,
        const std::vector<std::string>& columns
    );

    /// Adds the next field of the row.
    void add(std::optional<std::string_view> value);

    /// Sends the row.
    void end_row();

    /// Throws what the database has to say of the rows (`pqxx::unique_violation`, ...).
    void complete();

  private:
    pqxx::stream_to stream_;
    std::string line_;
    bool first_ = true;
};

} // namespace pcmirror
