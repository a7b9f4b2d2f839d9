#include "sync/write/job_batch.hpp"

#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "sync/db/arrays.hpp"
#include "sync/http/url.hpp"
#include "sync/records/normal.hpp"
#include "sync/write/queue_refusal.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace pcmirror {
namespace {

// Who has more to mend does it in several goes.
constexpr std::size_t reasons_at_most = 40;

constexpr const char* customers_sql = R"(
select n.name, min(c.customer_id::text), count(*)
from unnest($1::text[]) n (name)
join partner_center.customers c on lower(c.domain) = n.name
group by n.name)";

constexpr const char* times_sql = R"(
select t.text from unnest($1::text[]) t (text)
where pcmirror.wrong_type('timestamp', to_jsonb(t.text), 'body') is not null)";

// What both functions want to know of the jobs.
constexpr const char* arguments = R"((
    $1::text[], $2::uuid[], $3::jsonb[], $4::text[],
    array(select coalesce(t.text::timestamptz, now())
          from unnest($5::text[]) with ordinality t (text, nth) order by t.nth),
    $6::integer[]))";

const std::string enqueue_sql =
    "select q.nth, coalesce(q.job_id, 0), coalesce(q.is_new, false), coalesce(q.problem, '') "
    "from pcmirror.enqueue_jobs" +
    std::string(arguments) + " q order by q.nth";

const std::string refusals_sql =
    "select r.nth, r.problem from pcmirror.job_refusals" + std::string(arguments) + " r";

/// Asks one of the functions about jobs.
pqxx::result
ask(pqxx::transaction_base& transaction,
    const std::string& sql,
    const std::vector<const BatchJob*>& jobs) {
    if (jobs.empty())
        return {};
    ArrayLiteral operations;
    ArrayLiteral customers;
    ArrayLiteral payloads;
    ArrayLiteral keys;
    ArrayLiteral times;
    ArrayLiteral priorities;
    for (const BatchJob* one : jobs) {
        operations.add(one->job.operation);
        customers.add_or_null(one->job.customer_id);
        payloads.add(one->job.payload);
        keys.add_or_null(one->job.idempotency_key);
        times.add_or_null(one->job.run_after);
        priorities.add_number(one->job.priority);
    }
    return exec_bound(
        transaction,
        sql,
        operations.take(),
        customers.take(),
        payloads.take(),
        keys.take(),
        times.take(),
        priorities.take()
    );
}

/// Those that may be queued for all that is known by now.
std::vector<const BatchJob*> without_problem(const std::vector<BatchJob>& jobs) {
    std::vector<const BatchJob*> sound;
    for (const BatchJob& job : jobs)
        if (job.problem.empty())
            sound.push_back(&job);
    return sound;
}

/// The queue's own work on some jobs of a batch.
class Enqueueing {
  public:
    explicit Enqueueing(pqxx::transaction_base& transaction) : transaction_(transaction) {}

    void add(std::vector<BatchJob> jobs) {
        customers_.resolve(transaction_, jobs);
        check_times(transaction_, jobs);
        outcome_.lines += jobs.size();
        std::vector<RefusedLine> refused;
        for (const BatchJob& job : jobs)
            if (!job.problem.empty())
                refused.push_back({job.line, job.problem});
        const std::vector<const BatchJob*> sent = without_problem(jobs);
        for (const auto& row : ask(transaction_, enqueue_sql, sent)) {
            const BatchJob& job = *sent[row[0].as<std::size_t>() - 1];
            if (const std::string problem = row[3].c_str(); !problem.empty())
                refused.push_back({job.line, problem});
            else
                outcome_.jobs.push_back({job.line, row[1].as<std::int64_t>(), row[2].as<bool>()});
        }
        std::ranges::sort(refused, {}, &RefusedLine::line);
        outcome_.refused += refused.size();
        for (RefusedLine& line : refused)
            if (outcome_.reasons.size() < reasons_at_most)
                outcome_.reasons.push_back(std::move(line));
    }

    [[nodiscard]] BatchOutcome outcome() && { return std::move(outcome_); }

  private:
    pqxx::transaction_base& transaction_;
    CustomerNames customers_;
    BatchOutcome outcome_;
};

BatchOutcome queue_in(pqxx::connection& connection, const BatchSource& source) {
    pqxx::work work(connection);
    hold_schema(work);
    Enqueueing enqueueing(work);
    for (std::vector<BatchJob> jobs = source(); !jobs.empty(); jobs = source())
        enqueueing.add(std::move(jobs));
    BatchOutcome outcome = std::move(enqueueing).outcome();
    if (outcome.refused == 0)
        work.commit();
    else
        outcome.jobs.clear();
    return outcome;
}

} // namespace

void CustomerNames::resolve(pqxx::transaction_base& transaction, std::vector<BatchJob>& jobs) {
    const auto is_name = [](const BatchJob& job) {
        return !job.job.customer_id.empty() && !is_guid(job.job.customer_id);
    };
    std::set<std::string> unknown;
    for (const BatchJob& job : jobs)
        if (std::string name = http::lower_case(job.job.customer_id);
            is_name(job) && !known_.contains(name))
            unknown.insert(std::move(name));
    if (!unknown.empty())
        look_up(transaction, {unknown.begin(), unknown.end()});
    for (BatchJob& job : jobs) {
        if (!is_name(job)) {
            job.job.customer_id = http::lower_case(job.job.customer_id);
            continue;
        }
        const Found& found = known_.at(http::lower_case(job.job.customer_id));
        job.job.customer_id = found.customer_id;
        if (job.problem.empty())
            job.problem = found.problem;
    }
}

void CustomerNames::look_up(
    pqxx::transaction_base& transaction, const std::vector<std::string>& names
) {
    for (const std::string& name : names)
        known_[name].problem = fmt::format(
            "the mirror has no customer with id or domain \"{}\"; a new one comes with: pcmirror "
            "sync customers",
            name
        );
    for (const auto& row : exec_bound(transaction, customers_sql, text_array(names))) {
        const std::string name = row[0].c_str();
        Found& found = known_[name];
        found = {row[1].c_str(), ""};
        if (row[2].as<int>() > 1)
            found.problem =
                fmt::format("several customers have the domain \"{}\"; name this one by id", name);
    }
}

void check_times(pqxx::transaction_base& transaction, std::vector<BatchJob>& jobs) {
    std::set<std::string> times;
    for (const BatchJob& job : jobs)
        if (!job.job.run_after.empty())
            times.insert(job.job.run_after);
    if (times.empty())
        return;
    std::set<std::string> wrong;
    for (const auto& row :
         exec_bound(transaction, times_sql, text_array({times.begin(), times.end()})))
        wrong.insert(row[0].c_str());
    for (BatchJob& job : jobs)
        if (job.problem.empty() && wrong.contains(job.job.run_after))
            job.problem = "run_after must be a time that exists, such as 2026-01-31T12:00:00Z";
}

void check_refusals(pqxx::transaction_base& transaction, std::vector<BatchJob>& jobs) {
    const std::vector<const BatchJob*> sound = without_problem(jobs);
    for (const auto& row : ask(transaction, refusals_sql, sound)) {
        const auto at = sound[row[0].as<std::size_t>() - 1] - jobs.data();
        jobs[static_cast<std::size_t>(at)].problem = row[1].c_str();
    }
}

BatchOutcome queue_batch(DatabasePool& pool, const std::function<BatchSource()>& open) {
    return in_words(pool, "queueing jobs", [&](pqxx::connection& connection) {
        return queue_in(connection, open());
    });
}

} // namespace pcmirror
