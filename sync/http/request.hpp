#pragma once

#include "sync/http/proxy.hpp"
#include "sync/http/transport.hpp"
#include "sync/http/url.hpp"

#include <string>

namespace pcmirror::http {

/// The request as it goes over the wire, body included, kept alive and asking for gzip; the
/// caller's own headers win over ours. `proxy` is the one of a plain http request, else null.
/// Throws `Error` (retry_later) for a method or header that would break out of its line.
std::string write_request(const HttpRequest& request, const Url& url, const Proxy* proxy);

/// Whether sending it twice does no more than sending it once.
bool is_safe_to_repeat(const HttpRequest& request);

} // namespace pcmirror::http
