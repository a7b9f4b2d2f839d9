#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

namespace pcmirror::web {

namespace asio = boost::asio;

/// Listens on `host:port`: an address (IPv6 in brackets), a name of this machine, or `localhost`
/// for both loopback addresses, as far as there are both. Port 0: any, the same on all addresses.
/// The sockets don't block and are not inherited. Throws `Error` (fix_config) that says what is in
/// the way.
std::vector<asio::ip::tcp::acceptor>
listen_on(const asio::any_io_executor& executor, const std::string& listen);

} // namespace pcmirror::web
