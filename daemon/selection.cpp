#include "daemon/selection.hpp"

#include "config/log.hpp"
#include "config/read.hpp"
#include "daemon/program.hpp"
#include "sync/poll/customer_filter.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <utility>

namespace pcmirror {
namespace {

/// Names all that are off, so that one look at the configuration mends all.
void refuse_those_off(
    const Command& command, const Settings& settings, const std::vector<std::string>& names
) {
    std::map<std::string, std::vector<std::string>> off;
    for (const std::string& name : names)
        if (std::string why = off_because(settings, resource_named(command, name)); !why.empty())
            off[std::move(why)].push_back(name);
    if (off.empty())
        return;
    std::string message;
    for (const auto& [why, which] : off)
        message += fmt::format(
            "{}{} {} switched off: {}",
            message.empty() ? "" : "; ",
            fmt::join(which, ", "),
            which.size() == 1 ? "is" : "are",
            why
        );
    const bool signs_in_alone = settings.partner_center.auth == Auth::app_only;
    throw usage_error(
        command,
        message,
        signs_in_alone ? "leave them out, or set partner_center.auth to app_user or auto and give "
                         "pcmirror a user's refresh token"
                       : "leave them out, here and in schedules"
    );
}

bool was_ever_read(ReportStore& store, const Resource& resource) {
    const ResourceState state = store.state_of(resource);
    return state.last_success_at || state.last_run_ago;
}

/// What a resource is read by, whether it can be read without or not.
std::vector<const Resource*> needs(const Resource& resource) {
    const Resource* counters = resource.earned == nullptr ? nullptr : resource.earned->counters;
    std::vector<const Resource*> needed{resource.parent, resource.per_row_of, counters};
    std::erase(needed, nullptr);
    return needed;
}

} // namespace

const Resource& resource_named(const Command& command, const std::string& name) {
    if (const Resource* resource = catalogue().find(name))
        return *resource;
    std::vector<std::string> names;
    for (const Resource* resource : catalogue())
        names.emplace_back(resource->name);
    const std::string near = nearest(name, names);
    throw usage_error(
        command,
        "unknown resource \"" + name + "\"",
        near.empty() ? "see: pcmirror resources" : "did you mean \"" + near + "\"?"
    );
}

std::vector<const Resource*> scheduled_resources(const Settings& settings) {
    std::vector<const Resource*> resources;
    for (const Resource* resource : catalogue()) {
        if (!settings.schedules.contains(std::string(resource->name)))
            continue;
        const std::string off = off_because(settings, *resource);
        if (off.empty())
            resources.push_back(resource);
        else
            event(Level::info, "resource.off", {{field::resource, resource->name}, {"why", off}});
    }
    return resources;
}

std::vector<const Resource*>
chosen_resources(const Invocation& invocation, const Settings& settings) {
    const std::vector<std::string> names = invocation.arguments.values("RESOURCE");
    if (names.empty())
        return scheduled_resources(settings);
    refuse_those_off(*invocation.command, settings, names);
    std::vector<const Resource*> resources;
    for (const Resource* resource : catalogue())
        if (std::ranges::find(names, resource->name) != names.end())
            resources.push_back(resource);
    return resources;
}

void require_what_they_need(
    const Command& command, const std::vector<const Resource*>& resources, ReportStore& store
) {
    const auto is_there = [&](const Resource* needed) {
        return std::ranges::count(resources, needed) > 0 || was_ever_read(store, *needed);
    };
    for (const Resource* resource : resources) {
        std::vector<const Resource*> missing = needs(*resource);
        std::erase_if(missing, is_there);
        // Counters alone spare requests, and nothing more.
        const auto stops = [&](const Resource* needed) {
            return needed == resource->parent || needed == resource->per_row_of;
        };
        const auto first = std::ranges::find_if(missing, stops);
        if (first == missing.end())
            continue;
        std::string remedy = "run: pcmirror sync";
        for (const Resource* known : catalogue())
            if (known == resource || std::ranges::count(missing, known) > 0)
                remedy += ' ' + std::string(known->name);
        throw usage_error(
            command,
            fmt::format("{} can't be read: {} were never read", resource->name, (*first)->name),
            remedy
        );
    }
}

MirroredCustomer customer_named(
    const Command& command,
    ReportStore& store,
    const CustomerFilter& filter,
    const std::string& name
) {
    const std::vector<MirroredCustomer> found = store.customers_named(name);
    if (found.empty())
        throw usage_error(
            command,
            "the mirror has no customer with id or domain \"" + name + "\"",
            "pcmirror customers TEXT looks one up; a new one comes with: pcmirror sync customers"
        );
    if (found.size() > 1)
        throw usage_error(
            command,
            "several customers have the domain \"" + name + "\"",
            "name one by id: " + found[0].customer_id + ", " + found[1].customer_id
        );
    if (!admits(filter, found.front().customer_id, found.front().domain))
        throw usage_error(
            command,
            "the configuration excludes customer \"" + name + "\"",
            "see customers.include and customers.exclude in the configuration"
        );
    return found.front();
}

} // namespace pcmirror
