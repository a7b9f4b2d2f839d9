#include "sync/db/guard.hpp"

#include "schema/counted.hpp"

#include <fmt/format.h>

namespace pcmirror {
namespace {

bool exceeds(std::uint64_t deleted, double fraction, std::uint64_t rows) {
    return static_cast<double>(deleted) > fraction * static_cast<double>(rows);
}

} // namespace

std::string exceeded_limit(
    const GuardLimits& limits,
    std::uint64_t doomed,
    std::uint64_t scope_deleted,
    std::uint64_t scope_rows,
    const PassDeletes& pass
) {
    const auto min_rows = static_cast<std::uint64_t>(limits.min_rows);
    const std::uint64_t of_scope = scope_deleted + doomed;
    if (of_scope >= min_rows && exceeds(of_scope, limits.max_fraction, scope_deleted + scope_rows))
        return fmt::format("delete_guard.max_fraction {} of this scope", limits.max_fraction);
    const std::uint64_t together = pass.deleted + doomed;
    if (together >= min_rows && exceeds(together, limits.max_fraction_per_pass, pass.rows))
        return fmt::format(
            "delete_guard.max_fraction_per_pass {} of the {} of the resource, {} deleted "
            "before in this pass",
            limits.max_fraction_per_pass,
            counted(pass.rows, "row"),
            pass.deleted
        );
    return {};
}

std::string
exceeded_limit_in_turn(const GuardLimits& limits, std::uint64_t doomed, const PassDeletes& pass) {
    const std::uint64_t together = pass.deleted_reread + doomed;
    if (together < static_cast<std::uint64_t>(limits.min_rows) ||
        !exceeds(together, limits.max_fraction, pass.reread))
        return {};
    return fmt::format(
        "delete_guard.max_fraction {} of the {} that were read again in this pass",
        limits.max_fraction,
        counted(pass.reread, "row")
    );
}

} // namespace pcmirror
