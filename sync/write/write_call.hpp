#pragma once

#include "sync/write/attempt.hpp"

#include <string_view>

namespace pcmirror {

/// The next request of an attempt, to a path of its operation; `item` is the resource as it is now.
/// It leaves only once that it may have left is written down, and while the job is still this
/// process's. The attempt outlives the call.
WriteCall write_call(Workshop& shop, Attempt& attempt, std::string_view path, const Document& item);

} // namespace pcmirror
