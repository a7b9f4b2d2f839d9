#pragma once

#include "sync/http/tls.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::http {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using boost::system::error_code;

/// One TCP connection, with TLS over it once `start_tls` succeeded. One operation at a time. Errors
/// are values: `timed_out` past the expiry, `operation_aborted` when cancelled, `eof` only where
/// the peer ended the stream properly. After an error the connection is only good for destruction,
/// except that a failed `connect` may be followed by another one.
class Connection {
  public:
    explicit Connection(const asio::any_io_executor& executor);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// The instant that ends every later operation, however steadily bytes drip in.
    void expires_at(Clock::time_point expiry);

    asio::awaitable<error_code> connect(asio::ip::tcp::endpoint endpoint);
    asio::awaitable<error_code> start_tls(asio::ssl::context& context, std::string host);
    asio::awaitable<error_code> write(std::string_view bytes);
    asio::awaitable<std::size_t> read_some(asio::mutable_buffer buffer, error_code& error);

    /// After a failed `start_tls`.
    [[nodiscard]] CertificateProblem certificate_problem() const;

    /// For whoever reads: kept with the connection, since to get that much memory anew for each
    /// answer costs as much as to parse a small one.
    [[nodiscard]] std::vector<char>& buffer() { return buffer_; }

    /// Whether nothing arrived while nobody read, not even the end: fit to be used again.
    [[nodiscard]] bool quiet();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::vector<char> buffer_;
};

} // namespace pcmirror::http
