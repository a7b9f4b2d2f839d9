#include "sync/db/guard.hpp"

#include "schema/counted.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror {
namespace {

/// A fraction of so many rows, which too few rows can't exceed.
class Fraction {
  public:
    Fraction(double fraction, const GuardLimits& limits)
        : fraction_(fraction), min_rows_(static_cast<std::uint64_t>(limits.min_rows)) {}

    [[nodiscard]] bool exceeded(std::uint64_t deleted, std::uint64_t rows) const {
        return deleted >= min_rows_ &&
               static_cast<double>(deleted) > fraction_ * static_cast<double>(rows);
    }

  private:
    double fraction_;
    std::uint64_t min_rows_;
};

} // namespace

std::string exceeded_limit(
    const GuardLimits& limits,
    const Doomed& doomed,
    const ScopeCounts& scope,
    const PassDeletes& pass
) {
    // Else the next passes would let go, part by part, what the limit of one has held.
    if (doomed.was_held && doomed.rows > 0)
        return "may go while earlier deletes of it are held";
    const Fraction of_scope(limits.max_fraction, limits);
    const Fraction of_pass(limits.max_fraction_per_pass, limits);
    const std::uint64_t at_least = std::max(doomed.rows, doomed.foretold);
    if (of_scope.exceeded(scope.deleted + at_least, doomed.of))
        return fmt::format("delete_guard.max_fraction {} of this scope", limits.max_fraction) +
               (doomed.foretold > doomed.rows
                    ? fmt::format(", whose counters say that {} are gone", doomed.foretold)
                : scope.deleted > 0 ? fmt::format(", {} deleted within a day", scope.deleted)
                                    : "");
    if (doomed.in_order && of_scope.exceeded(scope.deleted_in_order + doomed.rows, scope.in_order))
        return fmt::format(
            "delete_guard.max_fraction {} of the {} that were read in their turn within a day",
            limits.max_fraction,
            counted(scope.in_order, "row")
        );
    if (of_pass.exceeded(pass.deleted + pass.beside + at_least, pass.rows))
        return fmt::format(
            "delete_guard.max_fraction_per_pass {} of the {} of the resource, {} deleted before "
            "in this pass{}",
            limits.max_fraction_per_pass,
            counted(pass.rows, "row"),
            pass.deleted,
            pass.beside > 0 ? fmt::format(" and {} in passes beside it", pass.beside) : ""
        );
    // A small slice of wrong answers of each scope would never be a large part of all rows.
    if (doomed.rolling && of_scope.exceeded(pass.deleted_reread + doomed.rows, pass.reread))
        return fmt::format(
            "delete_guard.max_fraction {} of the {} that were read again in this pass",
            limits.max_fraction,
            counted(pass.reread, "row")
        );
    return {};
}

std::string held_message(
    std::string_view resource,
    std::string_view customer_id,
    std::uint64_t held,
    std::uint64_t of,
    std::string_view limit
) {
    return fmt::format(
        "would delete {} of {}, more than {}; to let it: pcmirror sync {}{}{} --allow-deletes",
        held,
        counted(of, "row"),
        limit,
        resource,
        customer_id.empty() ? "" : " --customer ",
        customer_id
    );
}

} // namespace pcmirror
