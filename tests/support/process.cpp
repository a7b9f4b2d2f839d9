#include "tests/support/process.hpp"

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace pcmirror::testing {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

struct Pipe {
    int read_end = -1;
    int write_end = -1;

    Pipe() {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0)
            fail("pipe");
        read_end = ends[0];
        write_end = ends[1];
    }
};

std::vector<std::string> environment_of(const ProcessOptions& options) {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        variables[text.substr(0, text.find('='))] = text;
    }
    for (const auto& [name, value] : options.environment)
        if (value)
            variables[name] = name + "=" + *value;
        else
            variables.erase(name);
    std::vector<std::string> list;
    list.reserve(variables.size());
    for (auto& [name, text] : variables)
        list.push_back(std::move(text));
    return list;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    list.reserve(texts.size() + 1);
    for (std::string& text : texts)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

int code_of(const siginfo_t& info) {
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

// Between fork and exec nothing may allocate: other threads may have held any lock.
[[noreturn]] void become(
    char* const* arguments,
    char* const* variables,
    const char* directory,
    const Pipe& in,
    const Pipe& out,
    const Pipe& err
) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    [[maybe_unused]] const auto before = ::signal(SIGPIPE, SIG_DFL);
    dup2(in.read_end, STDIN_FILENO);
    dup2(out.write_end, STDOUT_FILENO);
    dup2(err.write_end, STDERR_FILENO);
    if (*directory == '\0' || chdir(directory) == 0)
        execvpe(arguments[0], arguments, variables);
    constexpr std::string_view message = "can't start the program\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, message.data(), message.size());
    _exit(127);
}

} // namespace

struct Process::State {
    std::string program;
    pid_t pid = -1;
    int stdin_end = -1;
    mutable std::mutex mutex;
    std::condition_variable news;
    std::string out;
    std::string err;
    int open_streams = 2;
    std::optional<int> exit_code;
    std::vector<std::thread> threads;

    void read_all(int descriptor, std::string& into) {
        std::array<char, 65536> buffer{};
        while (true) {
            const ssize_t size = read(descriptor, buffer.data(), buffer.size());
            if (size < 0 && errno == EINTR)
                continue;
            const std::lock_guard lock(mutex);
            if (size > 0)
                into.append(buffer.data(), static_cast<std::size_t>(size));
            else
                --open_streams;
            news.notify_all();
            if (size <= 0)
                break;
        }
        close(descriptor);
    }

    // The process is reaped under the lock, so that no signal ever goes to a stranger who got its
    // number.
    void await_end() {
        siginfo_t info{};
        while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 &&
               errno == EINTR) {
        }
        const std::lock_guard lock(mutex);
        waitpid(pid, nullptr, 0);
        exit_code = code_of(info);
        news.notify_all();
    }

    [[nodiscard]] bool ended() const { return exit_code && open_streams == 0; }

    [[noreturn]] void late(const std::string& what) const {
        throw std::runtime_error(
            program + ": " + what + " in time\n--- stdout\n" + out + "\n--- stderr\n" + err
        );
    }

    bool
    await(const std::string& stream, const std::string& text, std::chrono::milliseconds deadline) {
        std::unique_lock lock(mutex);
        const auto there = [&] { return stream.find(text) != std::string::npos; };
        if (!news.wait_for(lock, deadline, [&] { return there() || ended(); }))
            late("did not write \"" + text + "\"");
        return there();
    }
};

Process::Process(std::vector<std::string> arguments, const ProcessOptions& options)
    : state_(std::make_unique<State>()) {
    // A program may end before it has read all its input.
    [[maybe_unused]] const auto before = ::signal(SIGPIPE, SIG_IGN);
    const Pipe in;
    const Pipe out;
    const Pipe err;
    state_->program = arguments.front();
    std::vector<std::string> variables = environment_of(options);
    const std::vector<char*> argument_list = pointers(arguments);
    const std::vector<char*> variable_list = pointers(variables);
    const std::string directory = options.directory.string();
    state_->pid = fork();
    if (state_->pid < 0)
        fail("fork");
    if (state_->pid == 0)
        become(argument_list.data(), variable_list.data(), directory.c_str(), in, out, err);
    setpgid(state_->pid, state_->pid); // also here: whoever is first, `kill` finds the group
    close(in.read_end);
    close(out.write_end);
    close(err.write_end);
    state_->stdin_end = in.write_end;
    State* const state = state_.get();
    state->threads.emplace_back([state, end = out.read_end] { state->read_all(end, state->out); });
    state->threads.emplace_back([state, end = err.read_end] { state->read_all(end, state->err); });
    state->threads.emplace_back([state] { state->await_end(); });
    write(options.input);
    if (!options.keep_stdin)
        close_stdin();
}

Process::~Process() {
    close_stdin();
    kill();
    for (std::thread& thread : state_->threads)
        thread.join();
}

pid_t Process::pid() const {
    return state_->pid;
}

bool Process::running() const {
    const std::lock_guard lock(state_->mutex);
    return !state_->exit_code;
}

void Process::signal(int number) {
    const std::lock_guard lock(state_->mutex);
    if (!state_->exit_code)
        ::kill(state_->pid, number);
}

void Process::kill() {
    signal(SIGKILL);
}

void Process::write(const std::string& text) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t size = ::write(state_->stdin_end, rest.data(), rest.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return; // it ended without reading, which its exit code tells
        rest.remove_prefix(static_cast<std::size_t>(size));
    }
}

void Process::close_stdin() {
    if (state_->stdin_end >= 0)
        close(state_->stdin_end);
    state_->stdin_end = -1;
}

Outcome Process::wait(std::chrono::milliseconds deadline) {
    std::unique_lock lock(state_->mutex);
    if (!state_->news.wait_for(lock, deadline, [this] { return state_->ended(); })) {
        ::kill(-state_->pid, SIGKILL);
        state_->late("did not end");
    }
    return {*state_->exit_code, state_->out, state_->err};
}

bool Process::await_out(const std::string& text, std::chrono::milliseconds deadline) {
    return state_->await(state_->out, text, deadline);
}

bool Process::await_err(const std::string& text, std::chrono::milliseconds deadline) {
    return state_->await(state_->err, text, deadline);
}

std::string Process::out() const {
    const std::lock_guard lock(state_->mutex);
    return state_->out;
}

std::string Process::err() const {
    const std::lock_guard lock(state_->mutex);
    return state_->err;
}

Outcome
run(std::vector<std::string> arguments,
    const ProcessOptions& options,
    std::chrono::milliseconds deadline) {
    return Process(std::move(arguments), options).wait(deadline);
}

} // namespace pcmirror::testing
