#include "tests/support/impatient_transport.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

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
        network_->send(std::move(request)) ||
        at->deadline.async_wait(asio::as_tuple(asio::use_awaitable))
    );
    if (ended.index() == 0)
        co_return std::get<0>(std::move(ended));
    throw TransportError(TransportError::Kind::timeout, true, "not finished before the deadline");
}

void ImpatientTransport::give_up(const std::string& request_id) {
    for (Waiting& one : waiting_)
        if (one.request_id == request_id)
            one.deadline.cancel();
}

} // namespace pcmirror::testing
