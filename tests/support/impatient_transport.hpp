#pragma once

#include "sync/http/transport.hpp"

#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>
#include <string>
#include <utility>

namespace pcmirror::testing {

/// The network, with deadlines that pass when the test says so: however slow the machine is, what
/// is answered is answered in time. One thread.
class ImpatientTransport : public HttpTransport {
  public:
    explicit ImpatientTransport(std::unique_ptr<HttpTransport> network)
        : network_(std::move(network)) {}

    asio::awaitable<HttpResponse> send(HttpRequest request) override;

    [[nodiscard]] bool waits() const { return !waiting_.empty(); }

    /// The deadline of the request that was sent under this id and has no answer yet has passed.
    void give_up(const std::string& request_id);

  private:
    struct Waiting {
        std::string request_id;
        asio::steady_timer deadline;
    };

    std::unique_ptr<HttpTransport> network_;
    std::list<Waiting> waiting_;
};

} // namespace pcmirror::testing
