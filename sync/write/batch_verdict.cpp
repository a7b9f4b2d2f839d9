#include "sync/write/batch_verdict.hpp"

#include <algorithm>

namespace pcmirror {

std::string_view to_string(FindingKind kind) {
    switch (kind) {
    case FindingKind::refused:
        return "refused";
    case FindingKind::already_there:
        return "already_there";
    case FindingKind::no_op:
        return "no_op";
    case FindingKind::unknown:
        return "unknown";
    case FindingKind::missing_seats:
        return "missing_seats";
    case FindingKind::conflict:
        return "conflict";
    case FindingKind::name_clash:
        return "name_clash";
    }
    return "?";
}

bool is_trouble(FindingKind kind) {
    return kind != FindingKind::already_there && kind != FindingKind::no_op;
}

std::uint64_t BatchVerdict::count(FindingKind kind) const {
    return static_cast<std::uint64_t>(std::ranges::count(findings, kind, &Finding::kind));
}

} // namespace pcmirror
