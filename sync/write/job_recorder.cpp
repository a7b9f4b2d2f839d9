#include "sync/write/job_recorder.hpp"

#include "config/log.hpp"
#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "sync/db/kept_plans.hpp"
#include "sync/write/job_records.hpp"

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch_at_most = 64;
constexpr auto patience = 60s;
constexpr auto pause = 1s;

// Others wait for the end of the transaction, while a large poll is applied for minutes.
constexpr const char* wait_shortly_sql = "set local lock_timeout = '200ms'";

/// Whether it is the database's trouble, and not that of what is written: away or full, or for now
/// a standby that takes over, a time limit.
bool may_pass(const DatabaseError& error) {
    const DatabaseTrouble trouble = error.trouble();
    return trouble == DatabaseTrouble::unreachable || trouble == DatabaseTrouble::in_doubt ||
           trouble == DatabaseTrouble::full || error.sqlstate() == "25006" ||
           error.sqlstate() == "57014";
}

bool is_locked(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const DatabaseError& error) {
        return error.sqlstate() == "55P03";
    }
}

/// What nothing but this process knows.
JobRecord answer_of(const JobRecord& record) {
    JobRecord answer;
    answer.job = record.job;
    answer.answer = record.answer;
    return answer;
}

/// The same without what the database may refuse.
JobRecord without_details(const JobRecord& record) {
    JobRecord bare = answer_of(record);
    if (bare.answer)
        bare.answer->response.clear();
    bare.due = record.due;
    for (const TouchedRows& touched : record.touched) {
        DueScope scope;
        scope.resource = touched.resource->name;
        if (touched.resource->parent != nullptr)
            scope.customer_id = record.job.customer_id;
        bare.due.push_back(scope);
        // Of what is read row by row a due scope says not which.
        for (const std::string& row : touched.reading.covered) {
            scope.row_id = row;
            bare.due.push_back(scope);
        }
    }
    bare.customer_leaves = record.customer_leaves;
    bare.end = record.end;
    if (bare.end && bare.end->confirmed)
        bare.end->confirmed = record.touched.empty() && *bare.end->confirmed;
    return bare;
}

std::vector<const JobRecord*>
borrowed(const std::vector<const std::shared_ptr<const JobRecord>*>& shared) {
    std::vector<const JobRecord*> records;
    records.reserve(shared.size());
    for (const auto* one : shared)
        records.push_back(one->get());
    return records;
}

std::string words_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        return error.what();
    }
}

void tell_of_lock(const Job& job) {
    event(
        Level::warn,
        "job.waits_for_lock",
        {{"job_id", job.job_id},
         {field::error, "what is to be written of it has been locked for a while"},
         {field::hint,
          "a large poll that is applied ends by itself; else see who is idle in transaction in "
          "pg_stat_activity"}}
    );
}

} // namespace

JobRecorder::JobRecorder(
    const asio::any_io_executor& executor, DatabasePool& pool, const Catalogue& catalogue
)
    : pool_(&pool), catalogue_(&catalogue),
      records_(
          executor,
          batch_at_most,
          [this](auto records) { return record_patiently(borrowed(records)); }
      ),
      locked_(executor, 1, [this](auto records) { return record_patiently(borrowed(records)); }) {}

asio::awaitable<bool> JobRecorder::record(JobRecord record, const bool& stopping) {
    const Shared shared = std::make_shared<const JobRecord>(std::move(record));
    Note note = co_await records_.add(shared);
    if (note.locked)
        note = co_await record_once_unlocked(shared, stopping);
    if (note.failure)
        std::rethrow_exception(note.failure);
    co_return note.ours;
}

/// The answer first: who locks the mirror seldom locks the job, too.
asio::awaitable<JobRecorder::Note>
JobRecorder::record_once_unlocked(Shared record, const bool& stopping) {
    if (record->answer) {
        const Shared answer = std::make_shared<const JobRecord>(answer_of(*record));
        const bool never = false;
        Note note = co_await add_until_unlocked(records_, answer, never);
        if (!note.ours)
            co_return note;
    }
    co_return co_await add_until_unlocked(locked_, record, stopping);
}

asio::awaitable<JobRecorder::Note>
JobRecorder::add_until_unlocked(Batcher<Shared, Note>& to, Shared record, const bool& stopping) {
    const auto told_after = std::chrono::steady_clock::now() + patience;
    bool told = false;
    for (;;) {
        Note note = co_await to.add(record);
        if (!note.locked || stopping)
            co_return note;
        if (!told && std::chrono::steady_clock::now() > told_after) {
            told = true;
            tell_of_lock(record->job);
        }
        co_await sleep_for(pause);
    }
}

asio::awaitable<JobRecorder::Notes> JobRecorder::record_all(Records records) {
    co_return co_await pool_->run("writing down what jobs did", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        keep_plans(work);
        work.exec(wait_shortly_sql);
        const std::set<std::int64_t> ours = write_records(work, *catalogue_, records);
        work.commit();
        Notes notes;
        for (const JobRecord* record : records)
            notes.push_back({ours.contains(record->job.job_id)});
        return notes;
    });
}

asio::awaitable<JobRecorder::Notes> JobRecorder::record_patiently(Records records) {
    const auto until = std::chrono::steady_clock::now() + patience;
    std::exception_ptr failure;
    for (bool again = true; again;) {
        try {
            co_return co_await record_all(records);
        } catch (const DatabaseError& error) {
            failure = std::current_exception();
            again = may_pass(error) && std::chrono::steady_clock::now() < until;
        }
        if (again)
            co_await sleep_for(pause);
    }
    Notes notes;
    if (records.size() == 1) {
        Note note = co_await record_alone(*records.front(), failure);
        notes.push_back(std::move(note));
        co_return notes;
    }
    // One that can't be written keeps none of the others.
    for (const JobRecord* record : records) {
        Records alone(1, record);
        Notes one = co_await record_patiently(std::move(alone));
        notes.push_back(std::move(one.front()));
    }
    co_return notes;
}

/// What could not be written, not even by itself.
asio::awaitable<JobRecorder::Note>
JobRecorder::record_alone(const JobRecord& record, std::exception_ptr failure) {
    Note note;
    note.locked = is_locked(failure);
    if (!note.locked)
        note = co_await record_barely(record, failure);
    co_return note;
}

/// What took effect must not be sent again because the database refuses a part of the answer.
asio::awaitable<JobRecorder::Note>
JobRecorder::record_barely(const JobRecord& record, std::exception_ptr failure) {
    const JobRecord bare = without_details(record);
    Note note;
    try {
        const Records alone(1, &bare);
        const Notes notes = co_await record_all(alone);
        note = notes.front();
    } catch (const DatabaseError&) {
        note.locked = is_locked(std::current_exception());
        if (!note.locked)
            note.failure = failure;
    }
    if (note.ours)
        event(
            Level::error,
            "job.stored_in_part",
            {{"job_id", record.job.job_id}, {field::error, words_of(failure)}}
        );
    co_return note;
}

} // namespace pcmirror
