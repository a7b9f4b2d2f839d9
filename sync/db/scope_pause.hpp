#pragma once

#include <string>

namespace pcmirror {

/// How long a failing scope rests after an attempt: a minute, doubling to an hour, each on its own.
/// An SQL interval over an alias of pcmirror.sync_scopes.
std::string scope_pause(const std::string& scope);

/// When that is over, and its customer is throttled no more.
std::string rest_ends(const std::string& scope);

/// An SQL condition: the scope fails, and its rest is over.
std::string rest_is_over(const std::string& scope);

/// An SQL condition: the scope was asked for, and not made due since. What was asked in the future,
/// before the clock was set back, may have been asked at any time.
std::string was_asked(const std::string& scope);

} // namespace pcmirror
