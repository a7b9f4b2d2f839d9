#pragma once

#include <exception>
#include <string>

namespace pcmirror {

/// What a log line says of a failure that stops one part of the program while others go on.
struct FailureText {
    std::string error;
    std::string hint; ///< what to do
};

/// Throws the failure again where it is a cancellation.
FailureText failure_text(const std::exception_ptr& failure);

} // namespace pcmirror
