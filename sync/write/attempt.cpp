#include "sync/write/attempt.hpp"

#include "schema/operation_catalogue.hpp"
#include "sync/write/request_needs.hpp"

#include <utility>

namespace pcmirror {

void JobTally::count_end(std::int64_t job_id, bool as_failed) {
    reached = true;
    put_off.erase(job_id);
    if (as_failed)
        failed.push_back(job_id);
}

void JobTally::count_put_off(std::int64_t job_id, const Postponed& later) {
    reached = reached || later.outcome != outcome_not_sent;
    put_off[job_id] = later.error;
}

Attempt::Attempt(Job claimed)
    : job(std::move(claimed)), operation(operation_catalogue().find(job.operation)),
      done(job.answered) {}

void Attempt::fill(Mirror& mirror) {
    filled.operation = operation;
    filled.customer_id = job.customer_id;
    filled.tenant_id = mirror.settings.partner_center.tenant_id;
    filled.payload = Document::parse(job.payload);
    for (const auto& [field, secret] : job.secrets)
        filled.payload.set('/' + field, Document::text(secret));
    sign_in = sign_in_of(*operation, filled.payload);
    items.emplace(mirror.api, sign_in, job.customer_id);
}

bool Attempt::unresolved() const {
    return job.silent_for.has_value() || (noted && !answered);
}

bool Attempt::in_doubt() const {
    return (job.silent_for && !looked) || (noted && !answered);
}

std::string Attempt::doubt() const {
    return in_doubt() ? "; it may have taken effect all the same: a request of it got no answer "
                        "that would tell"
                      : "";
}

} // namespace pcmirror
