#pragma once

#include "sync/db/arrays.hpp"

#include <functional>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Sends rows as one array per column, a chunk a statement: COPY takes neither casts nor `on
/// conflict`, and libpqxx's wants the number of columns at compile time. Equal rows may come in two
/// chunks.
class RowBatches {
  public:
    using Answer = std::function<void(const pqxx::result& answer)>;

    /// `sql` takes the fixed parameters, then one `text[]` for each column. `answer` gets what each
    /// chunk was answered with.
    RowBatches(
        pqxx::transaction_base& transaction,
        std::string sql,
        std::size_t columns,
        std::vector<std::string> fixed = {},
        Answer answer = {}
    );

    /// Adds the next field of the row; the last one ends it.
    void add(std::optional<std::string_view> value);
    /// The same; an empty text becomes NULL.
    void add_or_null(std::string_view value);

    /// Sends what was not sent yet. To be called at the end.
    void flush();

  private:
    pqxx::transaction_base& transaction_;
    std::string sql_;
    std::vector<std::string> fixed_;
    Answer answer_;
    std::vector<ArrayLiteral> arrays_;
    std::size_t next_ = 0;
    std::size_t rows_ = 0;
    std::size_t bytes_ = 0;
};

} // namespace pcmirror
