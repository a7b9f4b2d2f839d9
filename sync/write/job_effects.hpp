#pragma once

#include "sync/poll/pass.hpp"
#include "sync/write/job_store.hpp"
#include "sync/write/live_items.hpp"
#include "sync/write/write_request.hpp"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace pcmirror {

/// Finds out what the mirror is to show of a job that took effect (`Operation::refreshes`). Lives
/// for one job; its parts outlive it.
class JobEffects {
  public:
    JobEffects(
        Mirror& mirror,
        JobStore& store,
        LiveItems items,
        const FilledOperation& filled,
        const Job& job,
        std::chrono::milliseconds read_at_most
    )
        : mirror_(mirror), store_(store), items_(std::move(items)), filled_(filled), job_(job),
          read_at_most_(read_at_most) {}

    /// Adds to the record what needs no reading: rows that the answer has whole and as they are to
    /// be, scopes that are due, a customer that leaves. Returns whether that is all.
    asio::awaitable<bool> take_answer(const Document& answer, JobRecord& record);

    /// Reads the rest until it shows the change, for at most so long, and adds it to the record;
    /// scopes that don't show it are due. Returns whether all of it shows. Throws `Error` as
    /// `LiveItems`, and `DatabaseError`.
    asio::awaitable<bool> read_rest(JobRecord& record);

    /// Instead of reading the rest: its scopes are due.
    void leave_rest(JobRecord& record) const;

    /// Of a job that may have taken effect, or not: whatever it would have changed is due.
    void leave_all(JobRecord& record);

  private:
    struct Rest {
        const Resource* resource = nullptr;
        const Refresh* what = nullptr;
        bool shown = false;
    };

    [[nodiscard]] DueScope scope_of(const Resource& resource) const;
    [[nodiscard]] DueScope rows_of_user(const Resource& resource) const;
    [[nodiscard]] bool deletes() const;
    [[nodiscard]] bool names_licenses() const;
    asio::awaitable<void>
    read_until_shown(Rest& rest, std::chrono::steady_clock::time_point until, JobRecord& record);
    asio::awaitable<bool> read(const Rest& rest, JobRecord& record);
    [[nodiscard]] bool is_as_wanted(const Document& item) const;
    asio::awaitable<bool>
    take_whole(const Resource& resource, const Document& answer, JobRecord& record);
    asio::awaitable<bool> is_whole(const Table& table, const DecodedRow& answered);
    asio::awaitable<std::optional<Document>> find_item(const Resource& resource);
    asio::awaitable<bool> read_item(const Resource& resource, JobRecord& record);
    asio::awaitable<bool> read_listed(const Rest& rest, JobRecord& record);
    asio::awaitable<bool> read_licenses(const Resource& resource, JobRecord& record);
    [[nodiscard]] bool shows_licenses(const std::vector<Document>& licenses) const;
    [[nodiscard]] Surroundings surroundings() const;
    [[nodiscard]] ScopeReading reading_of(std::string asked_at) const;
    bool take_rows(
        const Resource& resource,
        const std::vector<Document>& items,
        std::vector<std::string> covered,
        std::string asked_at,
        JobRecord& record
    );

    Mirror& mirror_;
    JobStore& store_;
    LiveItems items_;
    const FilledOperation& filled_;
    const Job& job_;
    std::chrono::milliseconds read_at_most_;
    std::vector<Rest> rest_;
};

} // namespace pcmirror
