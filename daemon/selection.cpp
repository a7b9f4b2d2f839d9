#include "daemon/selection.hpp"

#include "config/log.hpp"
#include "config/read.hpp"
#include "daemon/program.hpp"
#include "sync/poll/customer_filter.hpp"

#include <algorithm>

namespace pcmirror {
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
    for (const std::string& name : names) {
        const Resource& resource = resource_named(*invocation.command, name);
        if (const std::string off = off_because(settings, resource); !off.empty())
            throw usage_error(*invocation.command, name + " is switched off: " + off);
    }
    std::vector<const Resource*> resources;
    for (const Resource* resource : catalogue())
        if (std::ranges::find(names, resource->name) != names.end())
            resources.push_back(resource);
    return resources;
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
