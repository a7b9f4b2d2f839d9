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
            {field::seen, totals.rows.seen},
            {field::inserted, totals.rows.inserted},
            {field::updated, totals.rows.updated},
            {field::deleted, totals.rows.deleted},
            {field::held, totals.rows.held},
            {field::rejected, totals.rows.rejected},
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
