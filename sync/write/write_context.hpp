#pragma once

#include "config/settings.hpp"
#include "schema/catalogue.hpp"
#include "schema/operation_catalogue.hpp"
#include "sync/db/pool.hpp"
#include "sync/db/session.hpp"
#include "sync/gateway/partner_center.hpp"

namespace pcmirror {

/// What jobs are done with. The parts outlive it.
struct WriteContext {
    const Settings& settings;
    const Catalogue& catalogue;
    const OperationCatalogue& operations;
    PartnerCenter& api;
    DatabasePool& pool;
    DaemonSession& session;
};

} // namespace pcmirror
