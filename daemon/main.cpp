#include "daemon/command_line.hpp"
#include "daemon/commands.hpp"
#include "daemon/output.hpp"

#include <exception>
#include <malloc.h>

namespace {

using pcmirror::ExitCode;

ExitCode run(std::vector<std::string> words) {
    const pcmirror::CommandLine line =
        pcmirror::read_command_line(std::move(words), pcmirror::commands());
    if (!line.text)
        return line.invocation.command->run(line.invocation);
    pcmirror::print(*line.text);
    return ExitCode::success;
}

} // namespace

int main(int argc, char** argv) {
    // Each thread would have a heap of its own, which keeps what the largest group of rows took.
    ::mallopt(M_ARENA_MAX, 1);
    try {
        pcmirror::secure_standard_streams();
        return static_cast<int>(run({argv + 1, argv + argc}));
    } catch (const pcmirror::Error& error) {
        pcmirror::tell(std::string(error.what()) + '\n');
        if (!error.hint().empty())
            pcmirror::tell("hint: " + error.hint() + '\n');
        return static_cast<int>(pcmirror::exit_code(error.recovery()));
    } catch (const std::exception& error) {
        pcmirror::tell(std::string("internal error: ") + error.what() + '\n');
        return static_cast<int>(ExitCode::partial);
    }
}
