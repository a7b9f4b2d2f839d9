#include "daemon/stop_signals.hpp"

#include "config/log.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <future>
#include <mutex>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace pcmirror {
namespace {

using Clock = std::chrono::steady_clock;

sigset_t heard() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
        sigaddset(&set, number);
    return set;
}

int checked(int result, const char* what) {
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), what);
    return result;
}

/// Logs on a thread of its own and waits for it, but not for long: whoever should read the log may
/// have stopped, and must not keep the process.
std::jthread logging(std::function<void()> what) {
    constexpr std::chrono::seconds long_enough{1};
    std::packaged_task<void()> task(std::move(what));
    const std::future<void> logged = task.get_future();
    std::jthread thread(std::move(task));
    logged.wait_for(long_enough);
    return thread;
}

} // namespace

struct StopSignals::State {
    Milliseconds grace; ///< under the mutex, as actions, stopping and reload_asked
    ExitCode cut_short;
    HangUp hang_up;
    std::mutex mutex = {};
    Actions actions = {};
    bool stopping = false;
    bool reload_asked = false;
    sigset_t before{};
    int signals = -1;
    int ended = -1;
    std::optional<Clock::time_point> stop_until = {};
    std::thread thread = {};
    std::jthread herald = {}; ///< logs the stop

    void listen();
    void take(int number);
    void take_hang_up();
    void take_stop(int number);
    void await_herald();
    [[nodiscard]] int patience() const;
    [[noreturn]] void cut() const;
};

void StopSignals::State::listen() {
    while (true) {
        std::array<pollfd, 2> ready{{{signals, POLLIN, 0}, {ended, POLLIN, 0}}};
        const int count = poll(ready.data(), ready.size(), patience());
        if (count == 0 && patience() == 0)
            cut();
        if ((ready[1].revents & POLLIN) != 0)
            return;
        signalfd_siginfo info{};
        if (count > 0 && read(signals, &info, sizeof info) == sizeof info)
            take(static_cast<int>(info.ssi_signo));
    }
}

void StopSignals::State::take(int number) {
    const std::lock_guard lock(mutex);
    if (number == SIGHUP && hang_up == HangUp::reloads)
        take_hang_up();
    else
        take_stop(number);
}

void StopSignals::State::take_hang_up() {
    reload_asked = true;
    if (actions.reload)
        actions.reload();
}

void StopSignals::State::take_stop(int number) {
    if (stopping)
        cut();
    stopping = true;
    stop_until = Clock::now() + grace;
    herald = logging([number] { event(Level::info, "process.stopping", {{"signal", number}}); });
    if (actions.stop)
        actions.stop();
}

/// Signals are heard meanwhile, and the grace is minded.
void StopSignals::State::await_herald() {
    std::jthread ending;
    const std::lock_guard lock(mutex);
    ending = std::move(herald);
}

/// Milliseconds to wait for the next signal; -1: forever.
int StopSignals::State::patience() const {
    if (!stop_until)
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*stop_until - Clock::now());
    constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
    return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), longest).count());
}

void StopSignals::State::cut() const {
    logging([] { event(Level::warn, "process.cut_short", {}); }).detach();
    // Leases need no giving back: they end with the session's lock.
    std::_Exit(static_cast<int>(cut_short));
}

StopSignals::StopSignals(Milliseconds grace, ExitCode cut_short, HangUp hang_up)
    : state_(new State{grace, cut_short, hang_up}) {
    const sigset_t set = heard();
    pthread_sigmask(SIG_BLOCK, &set, &state_->before);
    state_->signals = checked(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
    state_->ended = checked(eventfd(0, EFD_CLOEXEC), "eventfd");
    state_->thread = std::thread([state = state_.get()] { state->listen(); });
}

StopSignals::~StopSignals() {
    state_->await_herald();
    eventfd_write(state_->ended, 1);
    state_->thread.join();
    close(state_->signals);
    close(state_->ended);
    pthread_sigmask(SIG_SETMASK, &state_->before, nullptr);
}

StopSignals::Attachment StopSignals::attach(Actions actions) {
    const std::lock_guard lock(state_->mutex);
    if (state_->stopping)
        actions.stop();
    if (state_->reload_asked && actions.reload)
        actions.reload();
    state_->actions = std::move(actions);
    return Attachment(*this);
}

StopSignals::Attachment::~Attachment() {
    const std::lock_guard lock(signals_.state_->mutex);
    signals_.state_->actions = {};
}

bool StopSignals::take_reload() {
    const std::lock_guard lock(state_->mutex);
    return std::exchange(state_->reload_asked, false);
}

void StopSignals::set_grace(Milliseconds grace) {
    const std::lock_guard lock(state_->mutex);
    state_->grace = grace;
}

} // namespace pcmirror
