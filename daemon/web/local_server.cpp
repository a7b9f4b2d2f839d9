#include "daemon/web/local_server.hpp"

#include "config/log.hpp"
#include "daemon/web/listening.hpp"
#include "daemon/web/session.hpp"
#include "sync/poll/tasks.hpp"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <list>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace pcmirror {
namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

/// Until descriptors or memory may be free again; the connections wait in the kernel's queue.
constexpr auto out_of_resources_pause = 200ms;

bool is_out_of_resources(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// What ends one connection before it was accepted, or none (accept(2), "Error handling").
bool is_passing(int error) {
    constexpr int passing[] = {
        EAGAIN,
        EINTR,
        ECONNABORTED,
        EPERM,
        EPROTO,
        ENOPROTOOPT,
        ENETDOWN,
        ENETUNREACH,
        EHOSTDOWN,
        EHOSTUNREACH,
        ENONET,
        EOPNOTSUPP};
    return std::ranges::find(passing, error) != std::end(passing);
}

} // namespace

struct LocalServer::Impl {
    Impl(const asio::any_io_executor& executor, const std::string& listen, web::Service what)
        : service(std::move(what)), acceptors(web::listen_on(executor, listen)),
          listeners(executor), connections(executor), left(executor) {}

    asio::awaitable<void> accept(tcp::acceptor& acceptor);
    asio::awaitable<void> refused(int error);
    asio::awaitable<void> make_room();
    asio::awaitable<void> converse(tcp::socket socket);

    web::Service service;
    std::vector<tcp::acceptor> acceptors;
    TaskGroup listeners;
    TaskGroup connections;
    std::list<web::Session> sessions = {};
    Signal left; ///< a connection ended
    bool out_of_resources = false;
};

asio::awaitable<void> LocalServer::Impl::accept(tcp::acceptor& acceptor) {
    while (true) {
        co_await acceptor.async_wait(tcp::acceptor::wait_read, asio::use_awaitable);
        // By hand, since Asio's sockets are inherited by child processes.
        const int descriptor =
            ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (descriptor < 0) {
            co_await refused(errno);
            continue;
        }
        out_of_resources = false;
        tcp::socket socket(
            acceptor.get_executor(), acceptor.local_endpoint().protocol(), descriptor
        );
        co_await make_room();
        connections.spawn(converse(std::move(socket)));
    }
}

asio::awaitable<void> LocalServer::Impl::refused(int error) {
    if (is_passing(error))
        co_return;
    if (!is_out_of_resources(error))
        throw std::system_error(error, std::generic_category(), "accepting a connection");
    if (!std::exchange(out_of_resources, true))
        event(
            Level::warn,
            "admin.out_of_resources",
            {{field::error, std::generic_category().message(error)}}
        );
    co_await sleep_for(out_of_resources_pause);
}

asio::awaitable<void> LocalServer::Impl::make_room() {
    while (connections.size() >= service.options.limits.connections) {
        web::Session* longest = nullptr;
        for (web::Session& one : sessions)
            if (one.waiting_since() &&
                (longest == nullptr || *one.waiting_since() < *longest->waiting_since()))
                longest = &one;
        if (longest != nullptr)
            longest->close();
        co_await left.wait();
    }
}

asio::awaitable<void> LocalServer::Impl::converse(tcp::socket socket) {
    const auto session = sessions.emplace(sessions.end(), std::move(socket), service);
    try {
        co_await session->run();
    } catch (const std::exception& error) {
        // A connection's end is nobody else's.
        if (!is_cancellation(std::current_exception()))
            event(Level::error, "admin.failed", {{field::error, error.what()}});
    }
    sessions.erase(session);
    left.notify();
}

LocalServer::LocalServer(
    const asio::any_io_executor& executor,
    const std::string& listen,
    Handler handler,
    WebOptions options
) {
    std::vector<std::string> names = options.more_names;
    names.push_back(listen);
    web::Service service{std::move(handler), std::move(options), web::OwnNames(names)};
    impl_ = std::make_unique<Impl>(executor, listen, std::move(service));
}

LocalServer::~LocalServer() = default;

std::uint16_t LocalServer::port() const {
    return impl_->acceptors.front().local_endpoint().port();
}

asio::awaitable<void> LocalServer::serve() {
    for (tcp::acceptor& acceptor : impl_->acceptors)
        impl_->listeners.spawn(impl_->accept(acceptor));
    std::exception_ptr end;
    try {
        co_await impl_->listeners.join();
        co_await impl_->connections.join();
    } catch (...) {
        end = std::current_exception();
    }
    if (!end)
        co_return;
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    impl_->connections.cancel();
    co_await impl_->connections.join();
    std::rethrow_exception(end);
}

void LocalServer::finish() {
    impl_->listeners.cancel();
    for (web::Session& session : impl_->sessions)
        session.finish();
}

} // namespace pcmirror
