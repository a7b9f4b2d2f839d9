#include "sync/write/batch_review.hpp"

#include "sync/write/batch_judge.hpp"
#include "sync/write/queue_refusal.hpp"

namespace pcmirror {
namespace {

BatchVerdict review_in(
    pqxx::connection& connection, const OperationCatalogue& operations, const BatchSource& source
) {
    pqxx::read_transaction transaction(connection);
    CustomerNames customers;
    BatchJudge judge(operations);
    for (std::vector<BatchJob> jobs = source(); !jobs.empty(); jobs = source()) {
        customers.resolve(transaction, jobs);
        check_times(transaction, jobs);
        check_refusals(transaction, jobs);
        judge.judge(jobs, read_facts(transaction, jobs));
    }
    return judge.verdict();
}

} // namespace

BatchVerdict review_batch(
    DatabasePool& pool,
    const OperationCatalogue& operations,
    const std::function<BatchSource()>& open
) {
    return in_words(pool, "judging jobs", [&](pqxx::connection& connection) {
        return review_in(connection, operations, open());
    });
}

} // namespace pcmirror
