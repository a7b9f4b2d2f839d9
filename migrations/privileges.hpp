#pragma once

#include <functional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>

namespace pcmirror {

/// Whether a role of ours exists that has not got its privileges yet, and the connected role could
/// grant them.
bool privileges_missing(pqxx::transaction_base& transaction);

/// Lets analysts read the mirror and the reports, and the daemon read and write its tables but not
/// change them. Idempotent; roles that do not exist are left out. Run as `acting_role`.
void grant_privileges(pqxx::transaction_base& transaction);

/// The same as SQL that nobody has run yet, for the roles that will exist by then.
std::string planned_grants(const std::function<bool(std::string_view role)>& will_exist);

} // namespace pcmirror
