#include "sync/poll/tally.hpp"

namespace pcmirror {

void PassTotals::add(const ScopeReport& report) {
    rows += report.rows;
    if (report.end == ScopeEnd::unconfirmed || report.end == ScopeEnd::unfinished)
        return;
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
        ++scopes_elsewhere;
        break;
    case ScopeEnd::unconfirmed:
    case ScopeEnd::unfinished:
        break;
    }
}

bool in_trouble(ScopeEnd end) {
    return end == ScopeEnd::failing || end == ScopeEnd::held || end == ScopeEnd::refused;
}

} // namespace pcmirror
