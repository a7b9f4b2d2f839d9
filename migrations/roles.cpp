#include "migrations/roles.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/privileges.hpp"
#include "migrations/system_catalogue.hpp"
#include "schema/error.hpp"

#include <array>
#include <optional>
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

std::string one(pqxx::transaction_base& transaction, const std::string& sql) {
    return transaction.exec(sql)[0][0].as<std::string>();
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
    const std::optional<std::string> owner = schema_owner(look);
    return {
        .user = row[0][0].as<std::string>(),
        .database = row[0][1].as<std::string>(),
        .may_create_roles = row[0][2].as<bool>(),
        .owner_wanted = !owner || *owner == owner_role,
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
    plan.grants = planned_grants(will_exist);
    return plan;
}

std::string acting_role(pqxx::transaction_base& transaction) {
    std::string user = one(transaction, "select current_user");
    if (const std::optional<std::string> owner = schema_owner(transaction)) {
        if (may_act_as(transaction, *owner))
            return *owner;
        throw Error(
            Recovery::fix_database,
            "the schema \"pcmirror\" belongs to \"" + *owner + "\", as which \"" + user +
                "\" may not act",
            "set database.migrate_url to a connection of its owner, or run: grant " +
                transaction.conn().quote_name(*owner) + " to " +
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

} // namespace pcmirror
