#pragma once

#include "schema/catalogue.hpp"
#include "sync/db/pool.hpp"
#include "sync/write/batcher.hpp"
#include "sync/write/job.hpp"

#include <exception>
#include <memory>
#include <vector>

namespace pcmirror {

/// Writes down what jobs did. Records that come at the same moment share a transaction; none that
/// can't be written keeps the others waiting. Throws `DatabaseError`. One thread.
class JobRecorder {
  public:
    /// The parts outlive it.
    JobRecorder(
        const asio::any_io_executor& executor, DatabasePool& pool, const Catalogue& catalogue
    );

    /// See `JobStore::record`.
    asio::awaitable<bool> record(JobRecord record, const bool& stopping);

  private:
    /// What became of one of a batch.
    struct Note {
        bool ours = false;
        bool locked = false; ///< nothing was written: somebody has locked what it is about
        std::exception_ptr failure = {};
    };

    using Shared = std::shared_ptr<const JobRecord>;
    using Records = std::vector<const JobRecord*>;
    using Notes = std::vector<Note>;

    asio::awaitable<Note> record_once_unlocked(Shared record, const bool& stopping);
    asio::awaitable<Note>
    add_until_unlocked(Batcher<Shared, Note>& to, Shared record, const bool& stopping);
    asio::awaitable<Notes> record_all(Records records);
    asio::awaitable<Notes> record_patiently(Records records);
    asio::awaitable<Note> record_alone(const JobRecord& record, std::exception_ptr failure);
    asio::awaitable<Note> record_barely(const JobRecord& record, std::exception_ptr failure);

    DatabasePool* pool_;
    const Catalogue* catalogue_;
    Batcher<Shared, Note> records_;
    Batcher<Shared, Note> locked_; ///< what was locked, one at a time
};

} // namespace pcmirror
