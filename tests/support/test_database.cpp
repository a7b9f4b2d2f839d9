#include "tests/support/test_database.hpp"

#include "migrations/migrate.hpp"

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <unistd.h>

namespace pcmirror::testing {
namespace {

std::string template_name() {
    std::string all;
    for (const Migration& migration : migrations())
        all += checksum(migration);
    return "pcmirror_template_" + checksum({.sql = all}).substr(0, 16);
}

bool exists(pqxx::connection& cluster, const std::string& database) {
    pqxx::nontransaction look(cluster);
    return !look.exec("select from pg_database where datname = " + look.quote(database)).empty();
}

void run_sql(pqxx::connection& connection, const std::string& sql) {
    pqxx::nontransaction(connection).exec(sql);
}

// Made under another name first: one that was left half-made is never mistaken for the template.
void make_template(const std::string& cluster_url, pqxx::connection& cluster) {
    const std::string name = template_name();
    const std::string unfinished = name + "_unfinished";
    run_sql(cluster, "drop database if exists " + unfinished);
    run_sql(cluster, "create database " + unfinished + " template template0");
    {
        pqxx::connection connection(with_database(cluster_url, unfinished));
        migrate(connection);
    }
    run_sql(cluster, "alter database " + unfinished + " rename to " + name);
}

std::string ready_template(const std::string& cluster_url, pqxx::connection& cluster) {
    std::string name = template_name();
    if (exists(cluster, name))
        return name;
    run_sql(cluster, "select pg_advisory_lock(hashtext('pcmirror template'))");
    if (!exists(cluster, name))
        make_template(cluster_url, cluster);
    run_sql(cluster, "select pg_advisory_unlock(hashtext('pcmirror template'))");
    return name;
}

std::string fresh_name() {
    static std::atomic<int> number = 0;
    return "test_" + std::to_string(getpid()) + "_" + std::to_string(++number);
}

} // namespace

TestDatabase::TestDatabase(Content content, const std::string& cluster_url)
    : cluster_url_(cluster_url), name_(fresh_name()), url_(with_database(cluster_url, name_)) {
    pqxx::connection cluster(cluster_url_);
    const std::string origin =
        content == Content::empty ? "template0" : ready_template(cluster_url_, cluster);
    // An earlier run that kept its database may have had the same process id.
    run_sql(cluster, "drop database if exists " + name_);
    run_sql(cluster, "create database " + name_ + " template " + origin);
}

TestDatabase::~TestDatabase() {
    if (std::getenv("PCMIRROR_KEEP_TEST_DB") != nullptr) {
        std::cerr << "the test's database is kept: psql '" << url_ << "'\n";
        return;
    }
    try {
        pqxx::connection cluster(cluster_url_);
        run_sql(cluster, "drop database if exists " + name_ + " with (force)");
    } catch (const std::exception& error) {
        std::cerr << "the test's database " << name_ << " is left: " << error.what() << "\n";
    }
}

std::string TestDatabase::url_as(const std::string& user) const {
    return with_database(url_, name_, user);
}

void TestDatabase::execute(const std::string& sql) const {
    pqxx::connection connection(url_);
    run_sql(connection, sql);
}

Rows TestDatabase::rows(const std::string& sql) const {
    pqxx::connection connection(url_);
    pqxx::nontransaction look(connection);
    Rows rows;
    for (const auto& row : look.exec(sql)) {
        rows.emplace_back();
        for (const auto& field : row)
            rows.back().push_back(
                field.is_null() ? std::nullopt : std::optional<std::string>(field.c_str())
            );
    }
    return rows;
}

std::optional<std::string> TestDatabase::value(const std::string& sql) const {
    const Rows found = rows(sql);
    return found.empty() ? std::nullopt : found.front().front();
}

long long TestDatabase::number(const std::string& sql) const {
    const std::optional<std::string> found = value(sql);
    if (!found)
        throw std::runtime_error("no value: " + sql);
    return std::stoll(*found);
}

} // namespace pcmirror::testing
