#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace pcmirror {

/// Creates what is missing of pcmirror_owner, pcmirror_daemon, pcmirror_operator and
/// pcmirror_analyst, and makes the connected role a member of pcmirror_owner, as far as it may.
/// Returns the statements that it may not run, for a superuser. Roles belong to the whole cluster:
/// several databases may do this at once. Blocks.
std::vector<std::string> ensure_roles(pqxx::connection& connection);

/// The same as SQL that nobody has run yet, for a dry run: what `ensure_roles` would run, and the
/// SET ROLE under which migrations would; then the grants.
struct RolePlan {
    std::string before;
    std::string grants;
};

RolePlan plan_roles(pqxx::connection& connection);

/// The role that owns, or is to own, the schemas: the owner of `pcmirror` where it exists, else
/// pcmirror_owner where the connected role may act as it, else the connected role. Throws `Error`
/// (fix_database) with the statement to run where the connected role may not act as that one.
std::string acting_role(pqxx::transaction_base& transaction);

} // namespace pcmirror
