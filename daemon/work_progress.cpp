#include "daemon/work_progress.hpp"

#include "daemon/output.hpp"
#include "daemon/queue_text.hpp"
#include "sync/poll/tasks.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

constexpr std::chrono::seconds pace_window(60);
constexpr std::chrono::milliseconds redraw_interval(500);

} // namespace

WorkProgress::WorkProgress(DatabasePool& pool) : pool_(pool), pace_(pace_window) {}

asio::awaitable<void> WorkProgress::keep_drawing() {
    while (true) {
        try {
            co_await draw();
        } catch (const DatabaseError&) {
            // The line stays as it is.
        }
        co_await sleep_for(redraw_interval);
    }
}

asio::awaitable<void> WorkProgress::draw() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> so_far = now - started_;
    const QueueReport queue = co_await read_queue_beside(pool_, so_far.count());
    WorkFigures figures;
    figures.done = queue.succeeded;
    figures.failed = queue.failed;
    figures.waiting = queue.due + queue.retrying + queue.running;
    pace_.add(now, queue.succeeded + queue.failed);
    figures.per_second = pace_.per_second();
    // The last column stays free: a full line makes some terminals wrap.
    line_.show(work_words(figures).substr(0, std::max<std::size_t>(terminal_width(), 2) - 1));
}

} // namespace pcmirror
