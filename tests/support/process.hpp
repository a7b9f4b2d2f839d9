#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace pcmirror::testing {

/// How a process is started.
struct ProcessOptions {
    /// On top of this process's environment; without a value the variable is removed.
    std::vector<std::pair<std::string, std::optional<std::string>>> environment = {};
    std::filesystem::path directory = {};
    /// Written to stdin, which is closed after it unless `keep_stdin`.
    std::string input = {};
    bool keep_stdin = false;
};

/// How a process ended, and all that it wrote.
struct Outcome {
    int exit_code = 0; ///< 128 + signal where a signal killed it
    std::string out;
    std::string err;
};

inline constexpr auto process_deadline = std::chrono::seconds(60);

/// A program that runs beside the test, in a process group of its own. It dies with the thread
/// that started it, at the latest with this object.
class Process {
  public:
    /// `arguments[0]` is the program, looked up in PATH. Throws where it can't be started.
    explicit Process(std::vector<std::string> arguments, const ProcessOptions& options = {});
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] pid_t pid() const;
    [[nodiscard]] bool running() const;
    /// Sends a signal, if the process still runs.
    void signal(int number);
    /// SIGKILL to the process and those that it started.
    void kill();
    void write(const std::string& text);
    void close_stdin();

    /// Waits for the end and for the last byte of output. Throws with the output when the deadline
    /// passes, after killing it.
    Outcome wait(std::chrono::milliseconds deadline = process_deadline);

    /// Waits until the stream contains the text; false when the process ended without it. Throws
    /// with the output when the deadline passes.
    bool await_out(const std::string& text, std::chrono::milliseconds deadline = process_deadline);
    bool await_err(const std::string& text, std::chrono::milliseconds deadline = process_deadline);

    /// What was written so far.
    [[nodiscard]] std::string out() const;
    [[nodiscard]] std::string err() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Runs a program to its end.
Outcome
run(std::vector<std::string> arguments,
    const ProcessOptions& options = {},
    std::chrono::milliseconds deadline = process_deadline);

} // namespace pcmirror::testing
