#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>

namespace pcmirror {

// What PostgreSQL's own tables say of roles, schemas and tables.

bool role_exists(pqxx::transaction_base& transaction, std::string_view role);

bool schema_exists(pqxx::transaction_base& transaction, std::string_view schema);

/// `table` with its schema.
bool table_exists(pqxx::transaction_base& transaction, std::string_view table);

/// Whether the connected role may SET ROLE to this one.
bool may_act_as(pqxx::transaction_base& transaction, std::string_view role);

/// In the connected database.
bool may_create_schemas(pqxx::transaction_base& transaction, std::string_view role);

/// The owner of the schema `pcmirror`; nothing where it does not exist.
std::optional<std::string> schema_owner(pqxx::transaction_base& transaction);

} // namespace pcmirror
