#include "daemon/health.hpp"

#include "config/log.hpp"

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
    const bool known = troubles_.contains(broken);
    const bool person = error.recovery() == Recovery::fix_api;
    const Level level = known ? Level::debug : person ? Level::error : Level::warn;
    troubles_[broken] = error.what();
    event(
        level,
        name,
        {{field::resource, resource}, {field::error, error.what()}, {field::hint, error.hint()}}
    );
}

void Health::finished(std::string_view resource, bool asked_api) {
    over(database);
    over(pass_of(resource));
    if (asked_api)
        over(api);
}

void Health::over(const std::string& trouble) {
    const auto found = troubles_.find(trouble);
    if (found == troubles_.end())
        return;
    event(Level::info, "daemon.recovered", {{"from", found->first}, {"was", found->second}});
    troubles_.erase(found);
}

std::string Health::trouble() const {
    if (troubles_.empty())
        return {};
    const auto& [broken, why] = *troubles_.begin();
    return broken + ": " + why;
}

} // namespace pcmirror
