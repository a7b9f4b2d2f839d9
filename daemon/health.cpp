#include "daemon/health.hpp"

#include "config/log.hpp"

#include <utility>

namespace pcmirror {
namespace {

constexpr const char* api = "api.unavailable";
constexpr const char* database = "database.unavailable";

std::string pass_of(std::string_view resource) {
    return "pass.failed " + std::string(resource);
}

std::string broken_by(std::string_view resource, Recovery recovery) {
    switch (recovery) {
    case Recovery::fix_api:
        return api;
    case Recovery::fix_database:
        return database;
    case Recovery::retry_later:
    case Recovery::skip_scope:
    case Recovery::fix_config:
    case Recovery::bug:
        break;
    }
    return pass_of(resource);
}

} // namespace

void Health::failed(std::string_view resource, const Error& error) {
    const std::string broken = broken_by(resource, error.recovery());
    const std::string_view name = std::string_view(broken).substr(0, broken.find(' '));
    const std::lock_guard lock(mutex_);
    const bool known = troubles_.contains(broken);
    const bool person = error.recovery() == Recovery::fix_api;
    const Level level = known ? Level::debug : person ? Level::error : Level::warn;
    troubles_[broken] = {broken, error.what(), error.hint()};
    event(
        level,
        name,
        {{field::resource, resource}, {field::error, error.what()}, {field::hint, error.hint()}}
    );
}

void Health::finished(std::string_view resource, bool asked_api) {
    const std::lock_guard lock(mutex_);
    over(database);
    over(pass_of(resource));
    if (asked_api)
        over(api);
}

void Health::database_works() {
    const std::lock_guard lock(mutex_);
    over(database);
}

void Health::over(const std::string& trouble) {
    const auto found = troubles_.find(trouble);
    if (found == troubles_.end())
        return;
    event(Level::info, "daemon.recovered", {{"from", found->first}, {"was", found->second.why}});
    troubles_.erase(found);
}

bool Health::set(Trouble trouble) {
    const std::lock_guard lock(mutex_);
    std::string name = trouble.name;
    return troubles_.insert_or_assign(std::move(name), std::move(trouble)).second;
}

void Health::clear(std::string_view name) {
    const std::lock_guard lock(mutex_);
    troubles_.erase(std::string(name));
}

void Health::begin_anew() {
    const std::lock_guard lock(mutex_);
    std::erase_if(troubles_, [](const auto& trouble) { return trouble.first != api; });
}

std::vector<Trouble> Health::troubles() const {
    const std::lock_guard lock(mutex_);
    std::vector<Trouble> all;
    for (const auto& [name, trouble] : troubles_)
        all.push_back(trouble);
    return all;
}

std::string Health::trouble() const {
    const std::vector<Trouble> all = troubles();
    return all.empty() ? std::string() : all.front().name + ": " + all.front().why;
}

} // namespace pcmirror
