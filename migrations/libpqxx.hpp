#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace pcmirror {

/// Runs one statement with bound values (`$1`, `$2`, ...). libpqxx 7.9 spells this otherwise.
template <typename... Values>
pqxx::result
exec_bound(pqxx::transaction_base& transaction, const std::string& sql, const Values&... values) {
#if PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 9)
    return transaction.exec(sql, pqxx::params{values...});
#else
    return transaction.exec_params(sql, values...);
#endif
}

/// The same with a number of values that is known at run time only.
inline pqxx::result exec_listed(
    pqxx::transaction_base& transaction,
    const std::string& sql,
    const std::vector<std::string>& values
) {
#if PQXX_VERSION_MAJOR >= 7
    pqxx::params params;
    for (const std::string& value : values)
        params.append(value);
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 9
    return transaction.exec(sql, params);
#else
    return transaction.exec_params(sql, params);
#endif
#else
    return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(values));
#endif
}

} // namespace pcmirror
