#pragma once

#include "daemon/web/local_server.hpp"
#include "daemon/web/own_names.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <optional>

namespace pcmirror::web {

/// What all connections of a server have in common.
struct Service {
    LocalServer::Handler handler;
    WebOptions options;
    OwnNames names;
};

/// One connection: requests one after the other, each answered before the next one is read.
class Session {
  public:
    /// `service` must outlive it.
    Session(asio::ip::tcp::socket socket, const Service& service);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Until one of the two ends it. Throws only when cancelled or out of memory.
    asio::awaitable<void> run();

    /// Since when it waits for a request; nothing while one is being answered.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> waiting_since() const;

    /// Makes `run` return soon.
    void close();

    /// The same, once what is being answered has been.
    void finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace pcmirror::web
