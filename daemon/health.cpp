#include "daemon/health.hpp"

#include "config/log.hpp"

#include <algorithm>
#include <utility>

namespace pcmirror {
namespace {

constexpr const char* api = "api.unavailable";
constexpr const char* database = "database.unavailable";

std::string pass_of(std::string_view resource) {
    return "pass.failed " + std::string(resource);
}

std::string api_of(std::string_view resource) {
    return std::string(api) + ' ' + std::string(resource);
}

std::string_view event_of(std::string_view trouble) {
    return trouble.substr(0, trouble.find(' '));
}

std::string broken_by(std::string_view resource, Recovery recovery) {
    switch (recovery) {
    case Recovery::fix_api:
        return api_of(resource);
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

/// Words may differ where the reason is the same: they name requests and times. What to do does
/// not.
bool are_alike(const Trouble& one, const Trouble& other) {
    return event_of(one.name) == api && event_of(other.name) == api && one.hint == other.hint;
}

} // namespace

bool Health::has_like(const Trouble& trouble) const {
    return std::ranges::any_of(troubles_, [&](const auto& known) {
        return are_alike(known.second.trouble, trouble);
    });
}

void Health::failed(std::string_view resource, const Error& error) {
    Trouble trouble{broken_by(resource, error.recovery()), error.what(), std::string(error.hint())};
    const std::lock_guard lock(mutex_);
    const bool known = troubles_.contains(trouble.name) || has_like(trouble);
    const bool person = error.recovery() == Recovery::fix_api;
    const Level level = known ? Level::debug : person ? Level::error : Level::warn;
    event(
        level,
        event_of(trouble.name),
        {{field::resource, resource}, {field::error, trouble.why}, {field::hint, trouble.hint}}
    );
    std::string name = trouble.name;
    troubles_.insert_or_assign(std::move(name), Known{std::move(trouble), Clock::now()});
}

bool Health::finished(std::string_view resource, std::optional<Clock::time_point> well_asked_at) {
    const std::lock_guard lock(mutex_);
    over(database);
    over(pass_of(resource));
    const auto found = troubles_.find(api_of(resource));
    if (found == troubles_.end() || !well_asked_at || *well_asked_at < found->second.at)
        return false;
    over(found->first);
    return true;
}

void Health::database_works() {
    const std::lock_guard lock(mutex_);
    over(database);
}

void Health::over(const std::string& name) {
    const auto found = troubles_.find(name);
    if (found == troubles_.end())
        return;
    const Trouble trouble = std::move(found->second.trouble);
    troubles_.erase(found);
    if (!has_like(trouble))
        event(Level::info, "daemon.recovered", {{"from", trouble.name}, {"was", trouble.why}});
}

bool Health::set(Trouble trouble) {
    const std::lock_guard lock(mutex_);
    std::string name = trouble.name;
    return troubles_.insert_or_assign(std::move(name), Known{std::move(trouble), Clock::now()})
        .second;
}

void Health::clear(std::string_view name) {
    const std::lock_guard lock(mutex_);
    over(std::string(name));
}

void Health::begin_anew(const std::vector<std::string_view>& resources) {
    const std::lock_guard lock(mutex_);
    std::erase_if(troubles_, [&](const auto& known) {
        return std::ranges::none_of(resources, [&](std::string_view resource) {
            return known.first == api_of(resource);
        });
    });
}

std::vector<Trouble> Health::troubles() const {
    const std::lock_guard lock(mutex_);
    std::vector<Trouble> all;
    for (const auto& known : troubles_) {
        const Trouble& trouble = known.second.trouble;
        const auto like = std::ranges::find_if(all, [&](const Trouble& told) {
            return are_alike(told, trouble);
        });
        if (like == all.end())
            all.push_back(trouble);
        else
            like->name += ", " + trouble.name.substr(trouble.name.find(' ') + 1);
    }
    return all;
}

std::string Health::trouble() const {
    const std::vector<Trouble> all = troubles();
    return all.empty() ? std::string() : all.front().name + ": " + all.front().why;
}

} // namespace pcmirror
