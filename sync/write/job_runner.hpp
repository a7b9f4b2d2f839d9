#pragma once

#include "sync/poll/pass.hpp"
#include "sync/write/job_store.hpp"
#include "sync/write/sign_in_troubles.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace pcmirror {

/// What all jobs under way share; outlives them.
struct Workshop {
    Mirror& mirror;
    JobStore& store;
    bool stopping = false; ///< nothing is to be begun any more
    SignInTroubles troubles = {};
    std::vector<std::int64_t>* failed = nullptr; ///< jobs that did, where somebody asks
};

/// Makes one attempt at a claimed job: looks, fetches, sends, and writes down what came of it, with
/// what it did to the mirror. `worker` is given back where only the mirror is waited for. It can be
/// cancelled until its request may leave, and again once its answer is written down. Throws what
/// stops all jobs alike.
asio::awaitable<void> run_job(Workshop& shop, Job job, std::shared_ptr<void> worker);

} // namespace pcmirror
