#pragma once

#include "schema/catalogue.hpp"
#include "sync/db/pool.hpp"
#include "sync/db/session.hpp"
#include "sync/write/batcher.hpp"
#include "sync/write/job.hpp"
#include "sync/write/job_recorder.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace pcmirror {

struct MirroredUser {
    std::string user_id;
    bool touched = false; ///< a job has changed it lately: the API may not show that yet
};

/// Writes down what becomes of claimed jobs. What many have to write at the same moment shares a
/// transaction. Throws `DatabaseError`. One thread.
class JobStore {
  public:
    /// The parts outlive it. The session is that of the daemon that sends.
    JobStore(
        const asio::any_io_executor& executor,
        DatabasePool& pool,
        const DaemonSession& session,
        const Catalogue& catalogue
    );

    /// Notes that the request is about to leave. False: it must not, since the job was cancelled
    /// (then it has ended) or paused (then it waits), or is somebody else's by now.
    asio::awaitable<bool> send(Job job);

    /// Writes it all, in one transaction; the mirror and the job never disagree. Once an answer is
    /// written the request is not sent again; with the end secrets are wiped. Nothing else knows
    /// what was answered: while the database is in trouble it tries again, for a minute. Where
    /// somebody has locked what is to be written, the answer is written first, and the rest once
    /// that is over, however late. False: not all was written, since the job is somebody else's by
    /// now, or is left to whoever has it next, as the program is `stopping`, which outlives this.
    asio::awaitable<bool> record(JobRecord record, const bool& stopping);

    /// Gives the job back for another attempt, or ends it where it was cancelled meanwhile.
    /// `was_sent`: the attempt that was noted last ends with it. False: it is somebody else's by
    /// now.
    asio::awaitable<bool> postpone(Job job, Postponed postponed, bool was_sent);

    /// Ends the attempt that was noted last, since another one follows at once.
    asio::awaitable<void> note_answer(Job job, int http_status, std::string error);

    /// The database's clock: what is read after it is newer than every poll that asked before.
    asio::awaitable<std::string> now();

    /// The mirrored user of that name; nothing: there is none, or more than one.
    asio::awaitable<std::optional<MirroredUser>>
    user_of_name(std::string customer_id, std::string user_principal_name);

    /// The row that the mirror has under a key, as JSON; nothing: it has none.
    asio::awaitable<std::optional<std::string>>
    mirrored_row(const Table& table, std::vector<std::string> key);

  private:
    /// What became of one of a batch.
    struct Note {
        bool ours = false;
    };

    using Jobs = std::vector<const Job*>;
    using Notes = std::vector<Note>;

    asio::awaitable<Notes> send_all(Jobs jobs);
    static void
    give_back(pqxx::transaction_base& work, const Jobs& jobs, const std::set<std::int64_t>& sent);

    DatabasePool* pool_;
    const DaemonSession* session_;
    Batcher<Job, Note> sendings_;
    JobRecorder recorder_;
};

/// Removes jobs, at most so many, that ended longer ago, with their idempotency keys, and secrets
/// that nobody fetched for a day. Returns how many jobs.
asio::awaitable<std::int64_t>
prune_jobs(DatabasePool& pool, std::chrono::seconds keep, int at_most);

} // namespace pcmirror
