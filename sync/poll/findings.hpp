#pragma once

#include "schema/resource.hpp"
#include "sync/db/mirror_store.hpp"
#include "sync/poll/groups.hpp"

namespace pcmirror {

/// Keeps in its scope what a portion of a dry run would have changed, since the tables don't show
/// it. What an earlier portion of the pass found, too, is taken out of the result. `resource` is
/// one of earned reads.
void keep_findings(const Resource& resource, const Group& group, ApplyResult& result);

} // namespace pcmirror
