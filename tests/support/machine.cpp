#include "tests/support/machine.hpp"

#include "tests/places/places.hpp"

#include <stdexcept>
#include <unistd.h>

namespace pcmirror::testing {
namespace {

std::string script() {
    return places::source("tests/support/machine");
}

void require(const Outcome& outcome, const std::string& what) {
    if (outcome.exit_code != 0)
        throw std::runtime_error(what + ": " + outcome.err);
}

} // namespace

std::string machine_trouble() {
    const Outcome outcome = run({script(), "possible"});
    return outcome.exit_code == 0 ? "" : outcome.err;
}

Machine::Machine(const std::vector<std::string>& bound) {
    const std::string place = directory_ / "machine";
    std::vector<std::string> words{script(), "start", place, "/"};
    words.insert(words.end(), bound.begin(), bound.end());
    // First: what was begun ends with this process in any case.
    require(run({script(), "watch", place, std::to_string(getpid())}), "no watch");
    require(run(words), "the machine does not boot");
}

Machine::~Machine() {
    run({script(), "end", directory_ / "machine"});
}

Outcome Machine::call(const std::vector<std::string>& words) const {
    std::vector<std::string> all{script(), "run", directory_ / "machine"};
    all.insert(all.end(), words.begin(), words.end());
    return run(all);
}

std::string Machine::shell(const std::string& line) const {
    const Outcome outcome = call({"/bin/sh", "-c", line});
    require(outcome, line);
    return outcome.out;
}

bool Machine::await(const std::string& line) const {
    // Less than a command may take.
    const std::string patient =
        "timeout 45 sh -c 'until \"$0\" -c \"$1\"; do sleep 0.1; done' sh \"$1\"";
    return call({"/bin/sh", "-c", patient, "sh", line}).exit_code == 0;
}

} // namespace pcmirror::testing
