#pragma once

#include "sync/write/batch_facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace pcmirror {

/// What does something to a thing: a line of the batch, or a job that is queued already.
struct BatchCause {
    std::uint64_t line = 0; ///< 0: a job
    std::int64_t job_id = 0;

    /// `line 17`, or `job 4711, which is queued,`
    [[nodiscard]] std::string text() const;
};

/// What the queue and earlier lines of a batch will have done by the time a line is. Of values it
/// keeps hashes: a batch may be long, and values may be secret. Things are named by `thing_of`.
class BatchMemory {
  public:
    /// What setting a field comes to.
    struct Change {
        bool effective = true;
        std::uint64_t same_as = 0; ///< line that has set it so; 0: none
        std::uint64_t against = 0; ///< line that has set it otherwise; 0: none
    };

    /// Notes the effects of a job that is queued, once.
    void take_in(const PendingJob& job);

    /// `before`: the value that the mirror shows; nothing: it doesn't.
    Change
    set(const std::string& field,
        const std::string& value,
        const std::optional<std::string>& before,
        std::uint64_t line);

    /// Whose idempotency key it is: nothing, this line's; else the line that had it before, and
    /// whether for the same job.
    struct KeyOwner {
        std::uint64_t line = 0;
        bool same = false;
    };

    std::optional<KeyOwner>
    claim_key(const std::string& key, const std::string& job, std::uint64_t line);

    /// Who makes it; null: nobody.
    [[nodiscard]] const BatchCause* maker_of(const std::string& thing) const;
    void make(const std::string& thing, BatchCause cause);

    /// Who removes it; null: nobody.
    [[nodiscard]] const BatchCause* remover_of(const std::string& thing) const;
    void remove(const std::string& thing, BatchCause cause);

    /// It is there again, whatever the mirror says.
    void restore(const std::string& thing);
    [[nodiscard]] bool restored(const std::string& thing) const;

  private:
    struct Set {
        std::uint64_t value = 0; ///< hash
        std::uint64_t line = 0;
    };

    std::unordered_map<std::uint64_t, Set> fields_; ///< by hash of the name
    std::unordered_map<std::uint64_t, Set> keys_;
    std::unordered_map<std::string, BatchCause> made_;
    std::unordered_map<std::string, BatchCause> removed_;
    std::unordered_set<std::string> restored_;
    std::unordered_set<std::int64_t> taken_in_;
};

/// Names a thing of a customer: `thing_of(customer, "user", id)`.
std::string thing_of(const std::string& customer, const char* kind, const std::string& which);

} // namespace pcmirror
