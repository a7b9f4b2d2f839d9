#pragma once

#include "sync/http/transport.hpp"

#include <boost/system/error_code.hpp>
#include <string>

namespace pcmirror::http {

/// Throws what an error of a connection means for the caller: cancellation as itself
/// (`boost::system::system_error`), a passed deadline as `timeout`, the rest as `kind`.
/// `doing` is what was being done and with whom.
[[noreturn]] void fail(
    const boost::system::error_code& error,
    TransportError::Kind kind,
    bool sent,
    const std::string& doing
);

/// The error's text the way messages are written: lower case in front.
std::string in_words(const boost::system::error_code& error);

} // namespace pcmirror::http
