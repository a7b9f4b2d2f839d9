#pragma once

#include "schema/operation_catalogue.hpp"
#include "sync/write/batch_facts.hpp"
#include "sync/write/batch_memory.hpp"
#include "sync/write/batch_verdict.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pcmirror {

/// Judges the lines of a batch by what is mirrored and queued, in the order of the file, each as
/// if those before it were done. Pure.
class BatchJudge {
  public:
    /// `operations` outlive it.
    explicit BatchJudge(const OperationCatalogue& operations) : operations_(operations) {}

    /// `facts` are those of these jobs; a job with a problem counts as refused.
    void judge(const std::vector<BatchJob>& jobs, const BatchFacts& facts);

    [[nodiscard]] const BatchVerdict& verdict() const { return verdict_; }

  private:
    void judge(const BatchJob& job, const BatchFacts& facts);
    bool is_there_already(
        const BatchJob& job,
        const Operation& operation,
        const Document& payload,
        const BatchFacts& facts
    );
    void count(const BatchJob& job, const Operation& operation, const Document& payload);
    void find(const BatchJob& job, FindingKind kind, std::string text);

    const OperationCatalogue& operations_;
    BatchVerdict verdict_;
    BatchMemory memory_;
    std::map<std::string, std::uint64_t> jobs_of_;      ///< by customer
    std::set<std::pair<std::string, std::string>> due_; ///< customer and resource
};

} // namespace pcmirror
