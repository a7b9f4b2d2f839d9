#pragma once

#include "sync/poll/pass.hpp"

#include <exception>
#include <string>

namespace pcmirror {

/// The line that closes every pass in the log: `pass.finished`.
void log_pass(const PassReport& report);

/// What an exception says.
std::string words_of(const std::exception_ptr& failure);

} // namespace pcmirror
