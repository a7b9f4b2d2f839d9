#pragma once

#include "sync/http/transport.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

namespace pcmirror {

/// One attempt that came to its end.
struct SentRequest {
    std::string_view method;
    std::string_view url;
    int status = 0; ///< 0: no whole answer came
    std::chrono::duration<double> took{};
};

/// Called on the thread of the transport; must not throw.
using RequestObserver = std::function<void(const SentRequest&)>;

/// The transport, telling of each request that may have reached the server. What was held back, or
/// found no connection, is not told.
std::unique_ptr<HttpTransport>
observed(std::unique_ptr<HttpTransport> transport, RequestObserver observer);

} // namespace pcmirror
