#include "sync/poll/tally.hpp"

namespace pcmirror {

void PassTotals::add_rows(const ScopeReport& report) {
    inserted += report.inserted;
    updated += report.updated;
    deleted += report.deleted;
}

void PassTotals::add(const ScopeReport& report) {
    add_rows(report);
    seen += report.seen;
    held += report.held;
    rejected += report.rejected;
    ++scopes_done;
    switch (report.end) {
    case ScopeEnd::unchanged:
        ++scopes_unchanged;
        ++scopes_ok;
        break;
    case ScopeEnd::applied:
    case ScopeEnd::committed:
        ++scopes_ok;
        break;
    case ScopeEnd::failing:
        ++scopes_failed;
        break;
    case ScopeEnd::held:
        ++scopes_held;
        break;
    case ScopeEnd::refused:
        ++scopes_refused;
        break;
    case ScopeEnd::fenced:
    case ScopeEnd::unconfirmed:
        ++scopes_elsewhere;
        break;
    }
}

bool in_trouble(ScopeEnd end) {
    return end == ScopeEnd::failing || end == ScopeEnd::held || end == ScopeEnd::refused;
}

} // namespace pcmirror
