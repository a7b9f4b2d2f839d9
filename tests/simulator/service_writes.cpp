#include "tests/simulator/exchange.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/write.hpp"

#include <fmt/format.h>
#include <stdexcept>

// The way of a request that changes something.
namespace pcmirror::simulator {

namespace {

// What a repeated write is known by; empty: it has no id.
std::string identity_of(const Request& request) {
    const std::string_view id = request.header("MS-RequestId");
    return id.empty() ? ""
                      : fmt::format("{} {}\n{}", request.method, request.path(), lower_case(id));
}

} // namespace

Reply Service::write(Exchange& exchange) {
    // Of two requests with one id that come at once the second one waits here.
    Edit edit(state_.world);
    const std::int64_t mode = exchange.switches[Switch::request_ids];
    const std::string identity = mode == ignored ? "" : identity_of(exchange.request);
    if (identity.empty())
        return act(exchange, edit);
    if (std::optional<Reply> first = state_.request_ids.find(identity)) {
        exchange.log.replayed = true;
        return *std::move(first);
    }
    constexpr std::size_t all = 100'000; // a soak must not fill the memory
    const auto latest = static_cast<std::size_t>(exchange.switches[Switch::request_ids_kept]);
    Reply reply = act(exchange, edit);
    state_.request_ids.keep(identity, reply, mode == forgotten ? latest : all);
    return reply;
}

Reply Service::act(Exchange& exchange, Edit& edit) {
    const Endpoint& endpoint = *exchange.route.endpoint;
    try {
        Call call = make_call(exchange, edit, customer_in(exchange, edit));
        if (endpoint.locate)
            if (const std::optional<Problem> problem = endpoint.locate(call))
                return refuse(*problem);
        Write write{call, edit};
        if (exchange.request.method != "DELETE")
            write.body = read_body(exchange.request);
        Reply reply = endpoint.write(write);
        note_effects(exchange, write);
        return reply;
    } catch (const Refused& refused) {
        return refused.reply();
    } catch (const std::invalid_argument& error) {
        return refuse(problems::bad_member, error.what(), {});
    } catch (const nlohmann::json::exception&) {
        return refuse(problems::bad_body);
    }
}

void Service::note_effects(Exchange& exchange, Write& write) {
    for (WriteEffect& effect : write.effects) {
        effect.request = exchange.log.number;
        effect.operation = exchange.operation;
        if (effect.customer.empty())
            effect.customer = exchange.customer;
        effect.request_id = exchange.request.header("MS-RequestId");
        effect.correlation_id = exchange.request.header("MS-CorrelationId");
        effect.at_ms = exchange.log.arrived_ms;
        state_.effects.add(std::move(effect));
    }
    exchange.log.effects = write.effects.size();
}

} // namespace pcmirror::simulator
