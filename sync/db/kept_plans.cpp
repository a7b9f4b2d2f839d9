#include "sync/db/kept_plans.hpp"

#include <fmt/format.h>
#include <functional>
#include <map>
#include <set>

namespace pcmirror {
namespace {

using Names = std::set<std::string>;

/// By the server process of a connection: each is used by one thread alone.
std::map<int, Names>& known_names() {
    thread_local std::map<int, Names> known;
    return known;
}

} // namespace

void keep_plans(pqxx::transaction_base& transaction) {
    transaction.exec(
        "set local enable_seqscan = off; set local plan_cache_mode = force_generic_plan"
    );
}

namespace kept_plans {

std::string name_of(pqxx::transaction_base& transaction, const std::string& sql) {
    std::string name = fmt::format("kept_{:016x}", std::hash<std::string>()(sql));
    auto& connection = transaction.conn();
    Names& known = known_names()[connection.backendpid()];
    if (!known.contains(name)) {
        connection.prepare(name, sql);
        known.insert(name);
    }
    return name;
}

void forget(const pqxx::connection& connection) {
    known_names().erase(connection.backendpid());
}

} // namespace kept_plans

} // namespace pcmirror
