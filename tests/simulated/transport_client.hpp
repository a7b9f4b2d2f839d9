#pragma once

#include "sync/http/transport.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace pcmirror {

/// A transport with its event loop, which runs only inside the calls below.
class Client {
  public:
    explicit Client(const HttpOptions& options = {});

    /// One request to its end.
    HttpResponse send(const HttpRequest& request);
    HttpResponse get(const std::string& url);

    /// The error of a request that is expected to fail that way; throws what else it does.
    TransportError failure(const HttpRequest& request);
    TransportError failure(const std::string& url);

    /// A request that runs beside others.
    struct Running {
        std::optional<HttpResponse> response;
        std::exception_ptr error;
        bool done = false;
        asio::cancellation_signal cancellation;
    };

    std::shared_ptr<Running> start(const HttpRequest& request);
    /// Runs the event loop until it is done.
    void finish(const Running& running);

    /// From another thread.
    void cancel(const std::shared_ptr<Running>& running);

    /// Runs the event loop until it has nothing to wait for.
    void run_dry();

    void drop_transport() { http_.reset(); }

  private:
    asio::io_context context_;
    std::unique_ptr<HttpTransport> http_;
};

} // namespace pcmirror
