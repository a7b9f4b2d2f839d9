#include "sync/http/observed_transport.hpp"

#include <utility>

namespace pcmirror {
namespace {

class ObservedTransport : public HttpTransport {
  public:
    ObservedTransport(std::unique_ptr<HttpTransport> inner, RequestObserver observer)
        : inner_(std::move(inner)), observer_(std::move(observer)) {}

    asio::awaitable<HttpResponse> send(HttpRequest request) override {
        const std::string method = request.method;
        const std::string url = request.url;
        const auto began = std::chrono::steady_clock::now();
        try {
            HttpResponse response = co_await inner_->send(std::move(request));
            tell(method, url, response.status, began);
            co_return response;
        } catch (const TransportError& error) {
            if (error.sent())
                tell(method, url, 0, began);
            throw;
        }
    }

  private:
    void tell(
        const std::string& method,
        const std::string& url,
        int status,
        std::chrono::steady_clock::time_point began
    ) const {
        observer_({method, url, status, std::chrono::steady_clock::now() - began});
    }

    std::unique_ptr<HttpTransport> inner_;
    RequestObserver observer_;
};

} // namespace

std::unique_ptr<HttpTransport>
observed(std::unique_ptr<HttpTransport> transport, RequestObserver observer) {
    return std::make_unique<ObservedTransport>(std::move(transport), std::move(observer));
}

} // namespace pcmirror
