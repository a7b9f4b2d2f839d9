#include "tests/support/impatient_transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <variant>

namespace pcmirror::testing {
namespace {

/// Takes something out of a list, however the scope is left.
template <typename List> class Entry {
  public:
    Entry(List& list, typename List::iterator at) : list_(list), at_(at) {}

    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    ~Entry() { list_.erase(at_); }

  private:
    List& list_;
    typename List::iterator at_;
};

struct Ended {
    HttpResponse response;
    std::exception_ptr failure;
};

/// A failure is an end like any other: nobody waits for the deadline after it.
asio::awaitable<Ended> send_over(HttpTransport& network, HttpRequest request) {
    Ended ended;
    try {
        ended.response = co_await network.send(std::move(request));
    } catch (...) {
        ended.failure = std::current_exception();
    }
    co_return ended;
}

} // namespace

asio::awaitable<HttpResponse> ImpatientTransport::send(HttpRequest request) {
    using namespace asio::experimental::awaitable_operators;
    const auto executor = co_await asio::this_coro::executor;
    std::string request_id(header(request.headers, "MS-RequestId"));
    const auto at = waiting_.insert(
        waiting_.end(),
        {std::move(request_id), asio::steady_timer(executor, asio::steady_timer::time_point::max())}
    );
    const Entry entry(waiting_, at);
    auto ended = co_await (
        send_over(*network_, std::move(request)) ||
        at->deadline.async_wait(asio::as_tuple(asio::use_awaitable))
    );
    if (ended.index() == 1)
        throw TransportError(
            TransportError::Kind::timeout, true, "not finished before the deadline"
        );
    Ended& of_network = std::get<0>(ended);
    if (of_network.failure)
        std::rethrow_exception(of_network.failure);
    co_return std::move(of_network.response);
}

void ImpatientTransport::give_up(const std::string& request_id) {
    for (Waiting& one : waiting_)
        if (one.request_id == request_id)
            one.deadline.cancel();
}

} // namespace pcmirror::testing
