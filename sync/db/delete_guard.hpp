#pragma once

#include "schema/resource.hpp"
#include "sync/db/guard.hpp"
#include "sync/db/scope.hpp"

#include <cstdint>
#include <map>
#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace pcmirror {

/// What a listing would delete, and what of it is proven (contract, rules 1 and 3).
struct Missing {
    std::uint64_t rows = 0;      ///< of the scope in the mirror
    std::uint64_t lacking = 0;   ///< of those the listing lacks
    std::uint64_t confirmed = 0; ///< of those, gone by a second proof
};

/// Decides what one apply may delete: whether absence is proven, and the limits of the guard
/// (contract, rules 1 and 3; invariant I1). Of what is read row by row it keeps the account of what
/// is held and was deleted, in pcmirror.owed_reads and pcmirror.row_reads.
class DeleteGuard {
  public:
    struct Options {
        GuardLimits limits;
        bool allow_deletes = false;
    };

    /// `pass` counts up; it and the resource outlive the guard.
    DeleteGuard(const Resource& resource, Options options, PassDeletes& pass)
        : resource_(resource), options_(options), pass_(pass) {}

    /// Reads the account of scopes that are read row by row. Returns whether deletes of any are
    /// held; then `judge_anew` is to follow, once the readings are staged.
    bool
    open(pqxx::transaction_base& transaction, const std::vector<const ScopeReading*>& readings);

    /// What was asked about is judged anew; what is held of other rows still counts.
    void judge_anew(pqxx::transaction_base& transaction);

    /// Several processes that share the work are one pass to the limit of a pass. To be called
    /// before deletes are judged, `count_for_others` after; a dry run (0) does neither.
    void count_others(pqxx::transaction_base& transaction, std::int64_t run_id);
    void count_for_others(pqxx::transaction_base& transaction, std::int64_t run_id) const;

    /// How the scope ends as far as deletes go, and whether rows may be deleted; `covered` are the
    /// mirrored rows of what was asked about.
    bool judge(
        ScopeReport& report,
        const ScopeReading& reading,
        const Missing& missing,
        std::uint64_t covered
    );

    /// Notes what is held of portions.
    void hold(pqxx::transaction_base& transaction, std::vector<ScopeReport>& reports);

    /// What the portion's scope counts from now on.
    [[nodiscard]] ScopeCounts counts_after(const ScopeReport& report) const;

  private:
    /// The account of a scope that is read row by row.
    struct Account {
        std::uint64_t held = 0; ///< rows of the scope, before this apply
        ScopeCounts counts;
        HeldRows asked; ///< rows that were held and are asked about now
    };

    /// What the reading would delete; `asks_more`: not all of it is proven yet.
    static Doomed doomed_by(
        const ScopeReading& reading, const Missing& missing, const Account& account, bool asks_more
    );
    void hold_back(
        ScopeReport& report, const Account& account, const Doomed& doomed, const std::string& limit
    ) const;
    [[nodiscard]] std::uint64_t held_of_others(const Account& account) const;
    void count_read(ScopeReport& report, const ScopeReading& reading, std::uint64_t covered);

    const Resource& resource_;
    Options options_;
    PassDeletes& pass_;
    std::uint64_t deleted_ = 0;               ///< in this apply
    std::map<std::string, Account> accounts_; ///< by customer
};

} // namespace pcmirror
