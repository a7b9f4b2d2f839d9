#include "sync/db/row_batches.hpp"

#include "migrations/libpqxx.hpp"

#include <utility>

namespace pcmirror {
namespace {

// Large enough that a round trip costs little beside it, small enough to stay out of sight.
constexpr std::size_t chunk_rows = 1000;
constexpr std::size_t chunk_bytes = 256 << 10;

} // namespace

RowBatches::RowBatches(
    pqxx::transaction_base& transaction,
    std::string sql,
    std::size_t columns,
    std::vector<std::string> fixed,
    Answer answer
)
    : transaction_(transaction), sql_(std::move(sql)), fixed_(std::move(fixed)),
      answer_(std::move(answer)), arrays_(columns) {}

void RowBatches::add(std::optional<std::string_view> value) {
    if (value)
        arrays_[next_].add(*value);
    else
        arrays_[next_].add_null();
    bytes_ += value ? value->size() : 0;
    if (++next_ < arrays_.size())
        return;
    next_ = 0;
    ++rows_;
    if (bytes_ >= chunk_bytes || rows_ >= chunk_rows)
        flush();
}

void RowBatches::add_or_null(std::string_view value) {
    add(value.empty() ? std::nullopt : std::optional(value));
}

void RowBatches::flush() {
    if (rows_ == 0)
        return;
    std::vector<std::string> values = fixed_;
    for (ArrayLiteral& array : arrays_)
        values.push_back(array.take());
    const pqxx::result answer = exec_listed(transaction_, sql_, values);
    if (answer_)
        answer_(answer);
    rows_ = 0;
    bytes_ = 0;
}

} // namespace pcmirror
