#pragma once

#include "schema/error.hpp"
#include "sync/db/pool.hpp"

#include <optional>
#include <pqxx/pqxx>
#include <type_traits>

namespace pcmirror {

/// What one of the queue's functions says to whoever called it, with its hint (fix_config).
/// Nothing: the error is not one of theirs.
std::optional<Error> refusal_in(const pqxx::sql_error& error);

/// Does something on the pool, blocking; what a function refuses is thrown in its own words.
template <typename Work>
auto in_words(DatabasePool& pool, const char* doing, Work work)
    -> std::invoke_result_t<Work&, pqxx::connection&> {
    using Result = std::invoke_result_t<Work&, pqxx::connection&>;
    std::optional<Error> refusal;
    Result result = pool.run_now(doing, [&](pqxx::connection& connection) {
        try {
            return work(connection);
        } catch (const pqxx::sql_error& error) {
            refusal = refusal_in(error);
            if (!refusal)
                throw;
            return Result();
        }
    });
    if (refusal)
        throw Error(refusal->recovery(), refusal->what(), refusal->hint());
    return result;
}

} // namespace pcmirror
