#include "tests/simulated/transport_client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

namespace pcmirror {

Client::Client(const HttpOptions& options)
    : http_(make_http_transport(context_.get_executor(), options)) {}

std::shared_ptr<Client::Running> Client::start(const HttpRequest& request) {
    auto running = std::make_shared<Running>();
    asio::co_spawn(
        context_,
        http_->send(request),
        asio::bind_cancellation_slot(
            running->cancellation.slot(),
            [running](std::exception_ptr error, HttpResponse response) {
                running->done = true;
                running->error = std::move(error);
                if (!running->error) {
                    running->response = std::move(response);
                }
            }
        )
    );
    return running;
}

void Client::finish(const Running& running) {
    context_.restart();
    while (!running.done) {
        if (context_.run_one() == 0) {
            throw std::logic_error("the event loop ran dry before the request ended");
        }
    }
}

HttpResponse Client::send(const HttpRequest& request) {
    const auto running = start(request);
    finish(*running);
    if (running->error) {
        std::rethrow_exception(running->error);
    }
    return std::move(*running->response);
}

HttpResponse Client::get(const std::string& url) {
    return send({.url = url});
}

TransportError Client::failure(const HttpRequest& request) {
    try {
        const auto response = send(request);
        throw std::logic_error("expected a failure, got status " + std::to_string(response.status));
    } catch (const TransportError& error) {
        return error;
    }
}

TransportError Client::failure(const std::string& url) {
    return failure(HttpRequest{.url = url});
}

void Client::cancel(const std::shared_ptr<Running>& running) {
    asio::post(context_, [running] {
        running->cancellation.emit(asio::cancellation_type::terminal);
    });
}

void Client::run_dry() {
    context_.restart();
    context_.run();
}

} // namespace pcmirror
