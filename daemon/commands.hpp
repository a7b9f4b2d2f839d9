#pragma once

#include "daemon/command.hpp"

#include <span>

namespace pcmirror {

// Each in the file of its name: command_sync.cpp, ...
extern const Command run_command;
extern const Command sync_command;
extern const Command status_command;
extern const Command check_command;
extern const Command plan_command;
extern const Command migrate_command;
extern const Command resources_command;
extern const Command operations_command;
extern const Command customers_command;
extern const Command get_command;
extern const Command job_add_command;
extern const Command job_list_command;
extern const Command job_show_command;
extern const Command job_retry_command;
extern const Command job_cancel_command;
extern const Command job_secret_command;
extern const Command job_pause_command;
extern const Command job_resume_command;
extern const Command job_release_command;
extern const Command job_work_command;
extern const Command login_command;

/// All commands, in the order of the help.
std::span<const Command* const> commands();

} // namespace pcmirror
