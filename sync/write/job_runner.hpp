#pragma once

#include "sync/write/attempt.hpp"

#include <memory>

namespace pcmirror {

/// Makes one attempt at a claimed job: looks, fetches, sends, and writes down what came of it, with
/// what it did to the mirror. `worker` is given back where only the mirror is waited for. It can be
/// cancelled until its request may leave, and again once its answer is written down. Throws what
/// stops all jobs alike.
asio::awaitable<void> run_job(Workshop& shop, Job job, std::shared_ptr<void> worker);

} // namespace pcmirror
