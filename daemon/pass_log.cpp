#include "daemon/pass_log.hpp"

#include "config/log.hpp"

namespace pcmirror {

void log_pass(const PassReport& report) {
    const PassTotals& totals = report.totals;
    const bool clean = totals.scopes_failed + totals.scopes_refused + totals.scopes_held == 0;
    event(
        Level::info,
        "pass.finished",
        {
            {field::resource, report.resource},
            {field::run, report.run_id},
            {field::outcome, clean ? "ok" : "partial"},
            {field::seen, totals.seen},
            {field::inserted, totals.inserted},
            {field::updated, totals.updated},
            {field::deleted, totals.deleted},
            {field::held, totals.held},
            {field::rejected, totals.rejected},
            {field::refused, totals.scopes_refused},
            {field::failed, totals.scopes_failed},
            {field::requests, totals.requests},
            {field::ms, static_cast<long long>(report.took.count())},
        }
    );
}

std::string words_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    }
}

} // namespace pcmirror
