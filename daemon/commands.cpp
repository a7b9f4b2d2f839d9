#include "daemon/commands.hpp"

#include <array>

namespace pcmirror {

std::span<const Command* const> commands() {
    static constexpr std::array listed{
        &run_command,       &sync_command,       &status_command,      &check_command,
        &plan_command,      &migrate_command,    &resources_command,   &operations_command,
        &customers_command, &get_command,        &job_add_command,     &job_list_command,
        &job_show_command,  &job_retry_command,  &job_cancel_command,  &job_secret_command,
        &job_pause_command, &job_resume_command, &job_release_command, &job_work_command,
        &login_command,
    };
    return listed;
}

} // namespace pcmirror
