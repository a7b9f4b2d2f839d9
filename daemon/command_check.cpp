#include "daemon/commands.hpp"
#include "daemon/output.hpp"
#include "daemon/preflight.hpp"

#include <algorithm>
#include <array>

namespace pcmirror {
namespace {

std::vector<Probe> all_probes(const Invocation& invocation) {
    try {
        return preflight(settings_of(invocation));
    } catch (const Error& error) {
        // Of a check every problem is a finding, also one of the configuration.
        if (error.recovery() != Recovery::fix_config)
            throw;
        return {{"configuration", false, error.what(), error.hint()}};
    }
}

ExitCode run_check(const Invocation& invocation) {
    std::vector<Probe> probes;
    if (invocation.arguments.has("--config-only"))
        probes.push_back({"configuration", true, settings_of(invocation).file.string(), {}});
    else
        probes = all_probes(invocation);
    print(invocation.json ? probes_json(probes) : probes_text(probes));
    return std::ranges::all_of(probes, &Probe::ok) ? ExitCode::success : ExitCode::partial;
}

constexpr std::array options{
    Option{.name = "--config-only", .text = "look at the configuration alone, connect to nothing"},
};

} // namespace

const Command check_command{
    .name = "check",
    .summary = "preflight: is everything there that a sync needs",
    .options = options,
    .more = "Looks at configuration, state directory, database, sessions, schema, rights, clock, "
            "sign-in, one API call, and whether the schedules fit the request budget. Prints every "
            "problem, not only the first.",
    .example = "pcmirror check --config ./pcmirror.yaml",
    .exit_codes = "0 all is well; 1 something is wrong; with --config-only: 0, or 2 where the "
                  "configuration is wrong",
    .json = true,
    .run = run_check,
};

} // namespace pcmirror
