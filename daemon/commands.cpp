#include "daemon/commands.hpp"

#include <array>

namespace pcmirror {

std::span<const Command* const> commands() {
    static constexpr std::array listed{
        &run_command,
        &sync_command,
        &status_command,
        &check_command,
        &plan_command,
        &migrate_command,
        &resources_command,
        &customers_command,
        &get_command,
    };
    return listed;
}

} // namespace pcmirror
