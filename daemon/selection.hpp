#pragma once

#include "daemon/command.hpp"
#include "schema/catalogue.hpp"
#include "sync/db/report_store.hpp"

#include <string>
#include <vector>

namespace pcmirror {

/// The resource of that name; a usage error that suggests the nearest name where there is none.
const Resource& resource_named(const Command& command, const std::string& name);

/// The resources with a schedule, parents first, without those that configuration or cloud switch
/// off, which are logged.
std::vector<const Resource*> scheduled_resources(const Settings& settings);

/// The resources that an invocation names, parents first, each once. None named: the
/// scheduled ones. Throws a usage error for a name that is none, and for all that are off.
std::vector<const Resource*>
chosen_resources(const Invocation& invocation, const Settings& settings);

/// Throws a usage error where one of them is read by another (its parent, the rows it is asked by)
/// that was never read and is not among them: there is nothing to ask for. Blocks.
void require_what_they_need(
    const Command& command, const std::vector<const Resource*>& resources, ReportStore& store
);

/// The one customer with this id or domain in the mirror; a usage error where there is none, where
/// several share the domain, or where the configuration excludes it. Blocks.
MirroredCustomer customer_named(
    const Command& command,
    ReportStore& store,
    const CustomerFilter& filter,
    const std::string& name
);

} // namespace pcmirror
