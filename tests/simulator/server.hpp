#pragma once

#include "tests/simulator/certificates.hpp"
#include "tests/simulator/wire.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pcmirror::simulator {

/// Answers a request. Called from several threads at once.
using Handler = std::function<Reply(const Request& request)>;

struct Listener {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0; ///< 0: a free one
    std::optional<CertificateFiles> tls = {};
    Handler handler = {};
};

/// HTTP/1.1 on any number of listeners.
class Server {
  public:
    Server();
    ~Server();

    /// Starts to accept; returns the port. Throws std::exception where that is not possible.
    std::uint16_t listen(Listener listener);

    /// Serves until SIGTERM or SIGINT, or, if asked for, until standard input is closed.
    void run(unsigned threads, bool until_stdin_closes);

  private:
    struct Machinery;
    std::unique_ptr<Machinery> machinery_;
};

} // namespace pcmirror::simulator
