#pragma once

#include "daemon/web/message.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace pcmirror::web {

/// How an answer goes out.
struct Sending {
    std::string_view reason;  ///< `Not Found`
    std::size_t length = 0;   ///< of the body, as it is sent
    bool compressed = false;  ///< by gzip
    bool keeps_alive = false; ///< whether the connection may go on
    std::chrono::system_clock::time_point now;
};

/// The status line and the headers, up to and with the empty line. Throws `Error` (bug) for a
/// header that would end itself or the head.
std::string head_of(const WebAnswer& answer, const Sending& sending);

} // namespace pcmirror::web
