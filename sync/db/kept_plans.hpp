#pragma once

#include "migrations/libpqxx.hpp"

#include <pqxx/pqxx>
#include <string>

namespace pcmirror {

/// For short transactions that come again and again, where planning would cost more than doing:
/// statements given to `exec_kept` from here to its end are planned once for each connection. What
/// tables hold changes meanwhile, so plans go by indexes, whatever there is to read at first.
void keep_plans(pqxx::transaction_base& transaction);

namespace kept_plans {

/// The name under which the connection has the statement; prepares it where it does not.
std::string name_of(pqxx::transaction_base& transaction, const std::string& sql);

/// A new connection has prepared nothing, though an earlier one had its number.
void forget(const pqxx::connection& connection);

} // namespace kept_plans

/// `exec_bound` with a plan that is kept.
template <typename... Values>
pqxx::result
exec_kept(pqxx::transaction_base& transaction, const std::string& sql, const Values&... values) {
    const std::string name = kept_plans::name_of(transaction, sql);
#if PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 9)
    return transaction.exec(pqxx::prepped{name}, pqxx::params{values...});
#else
    return transaction.exec_prepared(name, values...);
#endif
}

} // namespace pcmirror
