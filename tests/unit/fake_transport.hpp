#pragma once

#include "sync/http/transport.hpp"
#include "tests/unit/fake_clock.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pcmirror::fakes {

/// What the far end does with a request.
struct Scripted {
    HttpResponse response;
    std::optional<TransportError> trouble = std::nullopt;
    std::chrono::milliseconds latency{0};
};

inline Scripted answers(int status, std::string body = "{}", Headers headers = {}) {
    return {{status, std::move(headers), std::move(body)}};
}

inline Scripted fails(
    TransportError::Kind kind,
    const std::string& message = "connection refused",
    std::string hint = {}
) {
    const bool sent = kind != TransportError::Kind::connect && kind != TransportError::Kind::tls;
    return {{}, TransportError(kind, sent, message, std::move(hint))};
}

/// The same, so long after its request.
inline Scripted after(std::chrono::milliseconds latency, Scripted scripted) {
    scripted.latency = latency;
    return scripted;
}

/// The network as a function. Keeps what was sent, and when.
class FakeTransport final : public HttpTransport {
  public:
    struct Sent {
        HttpRequest request;
        Instant at;
    };

    explicit FakeTransport(FakeClock& clock) : clock_(clock) {}

    /// Called for each request.
    std::function<Scripted(const HttpRequest&)> script = [](const HttpRequest&) {
        return answers(200);
    };

    /// One after another; the last one stays.
    void play(std::vector<Scripted> scripted) {
        script = [scripted = std::move(scripted),
                  next = std::size_t{0}](const HttpRequest&) mutable {
            return scripted.at(std::min(next++, scripted.size() - 1));
        };
    }

    asio::awaitable<HttpResponse> send(HttpRequest request) override {
        if (!dialling.empty()) {
            const auto time = dialling.front();
            dialling.erase(dialling.begin());
            co_await sleep_for(clock_, time);
        }
        if (request.may_leave && !request.may_leave()) {
            throw TransportError(TransportError::Kind::held_back, false, "held back");
        }
        sent.push_back({request, clock_.now()});
        const InFlight counted(*this);
        Scripted scripted = script(request);
        co_await sleep_for(clock_, scripted.latency);
        if (scripted.trouble) {
            throw TransportError(*scripted.trouble);
        }
        co_return std::move(scripted.response);
    }

    /// How long the next connections take; those after them none.
    std::vector<std::chrono::milliseconds> dialling;
    std::vector<Sent> sent;
    int in_flight = 0;
    int most_in_flight = 0;

  private:
    struct InFlight {
        explicit InFlight(FakeTransport& transport) : of(transport) {
            of.most_in_flight = std::max(of.most_in_flight, ++of.in_flight);
        }

        ~InFlight() { --of.in_flight; }

        InFlight(const InFlight&) = delete;
        InFlight& operator=(const InFlight&) = delete;
        FakeTransport& of;
    };

    FakeClock& clock_;
};

} // namespace pcmirror::fakes
