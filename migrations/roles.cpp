#include "migrations/roles.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/error.hpp"

#include <array>
#include <string_view>

namespace pcmirror {
namespace {

constexpr std::string_view owner_role = "pcmirror_owner";

struct RoleComment {
    std::string_view name;
    std::string_view comment;
};

constexpr std::array<RoleComment, 4> roles{{
    {owner_role, "owns the schemas of pcmirror; runs migrations"},
    {"pcmirror_daemon", "what pcmirror runs as: reads and writes rows"},
    {"pcmirror_operator", "looks after the queue of write-back jobs"},
    {"pcmirror_analyst", "reads the mirror and the reports"},
}};

// What each role may do once the schemas are there. Schemas come and go with migrations: each
// statement runs only where its schema exists.
struct Privilege {
    std::string_view role;
    std::string_view schema;
    std::string_view statement;
    std::string_view table = {}; ///< that must be there, too
};

constexpr std::array<Privilege, 14> privileges{{
    {"pcmirror_analyst",
     "partner_center",
     "grant usage on schema partner_center to pcmirror_analyst"},
    {"pcmirror_analyst",
     "partner_center",
     "grant select on all tables in schema partner_center to pcmirror_analyst"},
    {"pcmirror_analyst", "reporting", "grant usage on schema reporting to pcmirror_analyst"},
    {"pcmirror_analyst",
     "reporting",
     "grant select on all tables in schema reporting to pcmirror_analyst"},
    {"pcmirror_daemon",
     "partner_center",
     "grant usage on schema partner_center to pcmirror_daemon;"
     "grant select, insert, update, delete on all tables in schema partner_center to "
     "pcmirror_daemon"},
    {"pcmirror_daemon",
     "reporting",
     "grant usage on schema reporting to pcmirror_daemon;"
     "grant select on all tables in schema reporting to pcmirror_daemon"},
    {"pcmirror_daemon", "pcmirror", "grant usage on schema pcmirror to pcmirror_daemon"},
    {"pcmirror_daemon",
     "pcmirror",
     "grant select, insert, update, delete on all tables in schema pcmirror to pcmirror_daemon"},
    {"pcmirror_daemon",
     "pcmirror",
     "grant usage, select on all sequences in schema pcmirror to pcmirror_daemon;"
     "grant execute on all functions in schema pcmirror to pcmirror_daemon"},
    {"pcmirror_daemon",
     "pcmirror",
     "revoke insert, update, delete on pcmirror.schema_migrations from pcmirror_daemon"},
    {"pcmirror_operator",
     "pcmirror",
     "grant usage on schema pcmirror to pcmirror_operator;"
     "grant select on pcmirror.schema_migrations to pcmirror_operator"},
    {"pcmirror_operator",
     "pcmirror",
     "grant select on pcmirror.sync_runs, pcmirror.sync_scopes, pcmirror.change_log, "
     "pcmirror.rejected_records, pcmirror.daemons to pcmirror_operator",
     "pcmirror.sync_scopes"},
    {"pcmirror_operator",
     "partner_center",
     "grant usage on schema partner_center to pcmirror_operator;"
     "grant select on all tables in schema partner_center to pcmirror_operator"},
    {"pcmirror_operator",
     "reporting",
     "grant usage on schema reporting to pcmirror_operator;"
     "grant select on all tables in schema reporting to pcmirror_operator"},
}};

// Since version 16 membership alone does not entitle to SET ROLE.
constexpr std::string_view may_act_sql = R"(
    select exists (
        select from pg_catalog.pg_roles
        where rolname = $1 and pg_catalog.pg_has_role(
            current_user, oid,
            case when pg_catalog.current_setting('server_version_num')::integer >= 160000
                 then 'SET' else 'MEMBER' end))
)";

constexpr std::string_view owner_sql = R"(
    select pg_catalog.pg_get_userbyid(nspowner) from pg_catalog.pg_namespace where nspname = 'pcmirror'
)";

bool ask(pqxx::transaction_base& transaction, std::string_view sql, std::string_view value) {
    return exec_bound(transaction, std::string(sql), std::string(value))[0][0].as<bool>();
}

bool role_exists(pqxx::transaction_base& transaction, std::string_view role) {
    return ask(
        transaction, "select exists (select from pg_catalog.pg_roles where rolname = $1)", role
    );
}

bool schema_exists(pqxx::transaction_base& transaction, std::string_view schema) {
    return ask(
        transaction,
        "select exists (select from pg_catalog.pg_namespace where nspname = $1)",
        schema
    );
}

bool may_act_as(pqxx::transaction_base& transaction, std::string_view role) {
    return ask(transaction, may_act_sql, role);
}

bool may_create_schemas(pqxx::transaction_base& transaction, std::string_view role) {
    return ask(
        transaction,
        "select pg_catalog.has_database_privilege($1, pg_catalog.current_database(), 'create')",
        role
    );
}

std::string one(pqxx::transaction_base& transaction, const std::string& sql) {
    return transaction.exec(sql)[0][0].as<std::string>();
}

bool applies(pqxx::transaction_base& transaction, const Privilege& privilege) {
    const auto table_exists = [&] {
        return ask(transaction, "select to_regclass($1) is not null", privilege.table);
    };
    return role_exists(transaction, privilege.role) &&
           schema_exists(transaction, privilege.schema) &&
           (privilege.table.empty() || table_exists());
}

bool lacks_usage(pqxx::transaction_base& transaction, const Privilege& privilege) {
    const pqxx::result has = exec_bound(
        transaction,
        "select pg_catalog.has_schema_privilege($1, $2, 'usage')",
        std::string(privilege.role),
        std::string(privilege.schema)
    );
    return !has[0][0].as<bool>();
}

enum class Outcome { done, refused, again };

// Another database of the cluster may create or grant the same thing at this very moment, which
// shows as a duplicate (42710, 23505) or as "tuple concurrently updated" (XX000).
Outcome run_once(pqxx::connection& connection, const std::string& statement) {
    try {
        pqxx::work work(connection);
        work.exec(statement);
        work.commit();
        return Outcome::done;
    } catch (const pqxx::insufficient_privilege&) {
        return Outcome::refused;
    } catch (const pqxx::sql_error& error) {
        const std::string& state = error.sqlstate();
        if (state == "42710" || state == "23505" || state == "XX000")
            return Outcome::again;
        throw;
    }
}

/// Runs a statement until `holds` is true; false where the role may not run it.
template <typename Condition>
bool make_true(pqxx::connection& connection, const std::string& statement, Condition holds) {
    constexpr int attempts = 5;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        {
            pqxx::nontransaction look(connection);
            if (holds(look))
                return true;
        }
        if (run_once(connection, statement) == Outcome::refused)
            return false;
    }
    pqxx::nontransaction look(connection);
    return holds(look);
}

struct Facts {
    std::string user;
    std::string database;
    bool may_create_roles = false;
    bool owner_wanted = false; ///< the schemas are not there yet, or are the owner's already
};

Facts read_facts(pqxx::connection& connection) {
    pqxx::nontransaction look(connection);
    const pqxx::result row =
        look.exec("select current_user, pg_catalog.current_database(), rolsuper or rolcreaterole"
                  " from pg_catalog.pg_roles where rolname = current_user");
    const pqxx::result owner = look.exec(std::string(owner_sql));
    return {
        .user = row[0][0].as<std::string>(),
        .database = row[0][1].as<std::string>(),
        .may_create_roles = row[0][2].as<bool>(),
        .owner_wanted = owner.empty() || owner[0][0].as<std::string>() == owner_role,
    };
}

bool exists_now(pqxx::connection& connection, std::string_view role) {
    pqxx::nontransaction look(connection);
    return role_exists(look, role);
}

std::string create_statement(pqxx::connection& connection, const RoleComment& role) {
    std::string name(role.name);
    return "create role " + name + " nologin; comment on role " + name + " is " +
           connection.quote(std::string(role.comment)) + ";";
}

// The owner is of use to us only if we may act as it and it may create schemas.
void prepare_owner(
    pqxx::connection& connection, const Facts& facts, std::vector<std::string>& refused
) {
    const std::string owner(owner_role);
    const std::string join = "grant " + owner + " to " + connection.quote_name(facts.user) + ";";
    const std::string create =
        "grant create on database " + connection.quote_name(facts.database) + " to " + owner + ";";
    const bool exists = exists_now(connection, owner);
    const auto acts = [](auto& look) { return may_act_as(look, owner_role); };
    const auto creates = [](auto& look) { return may_create_schemas(look, owner_role); };
    if (!exists || !make_true(connection, join, acts)) {
        refused.push_back(join);
        refused.push_back(create);
        return;
    }
    if (!make_true(connection, create, creates))
        refused.push_back(create);
}

bool schemas_are_there(pqxx::connection& connection) {
    pqxx::nontransaction look(connection);
    return schema_exists(look, "pcmirror");
}

} // namespace

std::vector<std::string> ensure_roles(pqxx::connection& connection) {
    const Facts facts = read_facts(connection);
    std::vector<std::string> refused;
    for (const RoleComment& role : roles) {
        const auto exists = [&](auto& look) { return role_exists(look, role.name); };
        const std::string create = create_statement(connection, role);
        if (exists_now(connection, role.name))
            continue;
        if (!facts.may_create_roles || !make_true(connection, create, exists))
            refused.push_back(create);
    }
    if (!facts.owner_wanted)
        return refused;
    // A daemon that connects to a migrated database is no owner, and need not become one.
    if (facts.may_create_roles || !schemas_are_there(connection))
        prepare_owner(connection, facts, refused);
    return refused;
}

RolePlan plan_roles(pqxx::connection& connection) {
    const Facts facts = read_facts(connection);
    RolePlan plan;
    const auto will_exist = [&](std::string_view role) {
        return facts.may_create_roles || exists_now(connection, role);
    };
    for (const RoleComment& role : roles)
        if (facts.may_create_roles && !exists_now(connection, role.name))
            plan.before += create_statement(connection, role) + '\n';
    const std::string owner(owner_role);
    const std::string database = connection.quote_name(facts.database);
    if (facts.owner_wanted && facts.may_create_roles)
        plan.before += "grant " + owner + " to " + connection.quote_name(facts.user) +
                       ";\ngrant create on database " + database + " to " + owner + ";\n";
    pqxx::nontransaction look(connection);
    const bool as_owner =
        facts.owner_wanted &&
        (facts.may_create_roles || (role_exists(look, owner_role) && may_act_as(look, owner_role)));
    plan.before += "set role " + (as_owner ? owner : acting_role(look)) + ";\n";
    look.commit();
    for (const Privilege& privilege : privileges)
        if (will_exist(privilege.role))
            plan.grants += std::string(privilege.statement) + ";\n";
    return plan;
}

std::string acting_role(pqxx::transaction_base& transaction) {
    std::string user = one(transaction, "select current_user");
    const pqxx::result found = transaction.exec(std::string(owner_sql));
    if (!found.empty()) {
        std::string owner = found[0][0].as<std::string>();
        if (may_act_as(transaction, owner))
            return owner;
        throw Error(
            Recovery::fix_database,
            "the schema \"pcmirror\" belongs to \"" + owner + "\", as which \"" + user +
                "\" may not act",
            "set database.migrate_url to a connection of its owner, or run: grant " +
                transaction.conn().quote_name(owner) + " to " +
                transaction.conn().quote_name(user) + ";"
        );
    }
    if (may_act_as(transaction, owner_role) && may_create_schemas(transaction, owner_role))
        return std::string(owner_role);
    if (may_create_schemas(transaction, user))
        return user;
    const std::string database = one(transaction, "select pg_catalog.current_database()");
    throw Error(
        Recovery::fix_database,
        "\"" + user + "\" may not create schemas in the database \"" + database + "\"",
        "as a superuser run: grant create on database " + transaction.conn().quote_name(database) +
            " to " + transaction.conn().quote_name(user) + ";"
    );
}

bool privileges_missing(pqxx::transaction_base& transaction) {
    const pqxx::result owner = transaction.exec(std::string(owner_sql));
    if (owner.empty() || !may_act_as(transaction, owner[0][0].as<std::string>()))
        return false;
    for (const Privilege& privilege : privileges)
        if (applies(transaction, privilege) && lacks_usage(transaction, privilege))
            return true;
    return false;
}

void grant_privileges(pqxx::transaction_base& transaction) {
    for (const Privilege& privilege : privileges)
        if (applies(transaction, privilege))
            transaction.exec(std::string(privilege.statement));
}

} // namespace pcmirror
