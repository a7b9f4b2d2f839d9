#pragma once

#include "sync/poll/pass.hpp"
#include "sync/write/job_store.hpp"
#include "sync/write/live_items.hpp"
#include "sync/write/sign_in_troubles.hpp"
#include "sync/write/write_request.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror {

/// What became of jobs, for somebody who waits until nothing is due.
struct JobTally {
    std::vector<std::int64_t> failed = {};
    std::map<std::int64_t, std::string> put_off = {}; ///< and why, of those that did not end since
    bool reached = false; ///< that a request of any of them may have come to the API

    void count_end(std::int64_t job_id, bool as_failed);
    void count_put_off(std::int64_t job_id, const Postponed& later);
};

/// What all jobs under way share; outlives them.
struct Workshop {
    Mirror& mirror;
    JobStore& store;
    std::chrono::milliseconds read_at_most; ///< until a reading shows a change
    bool stopping = false;                  ///< nothing is to be begun any more
    SignInTroubles troubles = {};
    JobTally* tally = nullptr;                                      ///< null: nobody asks
    std::function<void(const Job&, const JobEnd&)> ended = nullptr; ///< told of each that ended
};

/// One attempt at a job, and what is known by now of what its requests did.
struct Attempt {
    explicit Attempt(Job claimed);

    Job job;
    const Operation* operation; ///< null: this version knows none of the name
    FilledOperation filled;
    SignIn sign_in = SignIn::user;
    std::optional<LiveItems> items; ///< there once `fill` was called

    bool noted = false;     ///< that the request is about to leave
    bool attempted = false; ///< an attempt was noted that has not ended
    bool answered = false;  ///< and the answer leaves no doubt
    bool looked = false;    ///< and what got no answer had no effect, or another one
    bool done;              ///< it took effect: what is left is the mirror

    /// The payload with its secrets, and who asks the API for it. Throws as `Document::parse`.
    void fill(Mirror& mirror);

    /// Whether a request of it got no answer that would say what it did.
    [[nodiscard]] bool unresolved() const;

    /// Whether a request of it may have taken effect, as far as is known now.
    [[nodiscard]] bool in_doubt() const;

    /// That it is in doubt, to go on a sentence; empty: it is not.
    [[nodiscard]] std::string doubt() const;
};

} // namespace pcmirror
