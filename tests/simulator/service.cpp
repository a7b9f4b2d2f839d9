#include "tests/simulator/service.hpp"

#include "tests/simulator/exchange.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/refused.hpp"

#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
// Shorter bodies would grow.
constexpr std::size_t worth_packing = 860;

bool is_sign_in(const Request& request) {
    const std::string path = lower_case(request.path());
    return path.find("/oauth2/") != std::string::npos &&
           (path.ends_with("/token") || path.ends_with("/devicecode") ||
            path.ends_with("/authorize"));
}

/// What the log calls a call of the sign-in service.
std::string_view sign_in_call(const Request& request) {
    const std::string_view path = request.path();
    return path.substr(path.rfind('/') + 1);
}

std::string_view header_of(const Reply& reply, std::string_view wanted) {
    for (const auto& [name, value] : reply.headers)
        if (name == wanted)
            return value;
    return {};
}

bool is_json(const Reply& reply) {
    return header_of(reply, "Content-Type").starts_with("application/json");
}

bool accepts_gzip(const Request& request) {
    return request.header("Accept-Encoding").find("gzip") != std::string_view::npos;
}

bool is_encoded(const Reply& reply) {
    return !header_of(reply, "Content-Encoding").empty();
}

} // namespace

Reply Service::answer(const Request& request) {
    const bool sign_in = is_sign_in(request);
    Exchange exchange{request, sign_in, state_.log.arrive(!sign_in)};
    if (!sign_in)
        exchange.route = find_route(endpoints(), request.method, request.path());
    if (const Endpoint* endpoint = exchange.route.endpoint)
        exchange.operation = operation_of(*endpoint, request);
    for (const auto& [name, value] : exchange.route.variables)
        if (name == "customer_id")
            exchange.customer = lower_case(value);
    exchange.switches = state_.switches.of(exchange.customer);
    Reply reply = handle(exchange);
    finish(exchange, reply);
    return reply;
}

Reply Service::handle(Exchange& exchange) {
    const Request& request = exchange.request;
    const SwitchValues& switches = exchange.switches;
    const auto limit = static_cast<std::uint64_t>(switches[Switch::requests_per_minute]);
    const std::chrono::milliseconds window(switches[Switch::throttle_window]);
    if (!exchange.sign_in)
        if (const auto seconds = state_.throttle.refuses(limit, window))
            return throttled(*seconds);
    exchange.token = state_.tokens.find(request.header("Authorization"));
    exchange.effect = state_.faults.pick({
        .target = request.target,
        .customer = exchange.customer,
        .operation = exchange.operation,
        .writes = exchange.route.endpoint && exchange.route.endpoint->write,
        .sign_in = exchange.sign_in,
        .continues = !request.header("MS-ContinuationToken").empty(),
    });
    Effect& effect = exchange.effect;
    if (effect.token_is_refused)
        state_.tokens.refuse(request.header("Authorization"));
    Reply reply;
    if (effect.instead)
        reply = std::move(*effect.instead);
    else
        reply = exchange.sign_in ? state_.tokens.answer(request) : handle_call(exchange);
    if (effect.afterwards)
        reply = std::move(*effect.afterwards);
    reply.delivery = effect.delivery;
    return reply;
}

std::optional<Reply> Service::turn_away(const Exchange& exchange) const {
    const Route& route = exchange.route;
    if (!exchange.token)
        return refuse(problems::access_denied);
    if (!exchange.token->right_audience)
        return refuse(problems::wrong_audience);
    if (!route.endpoint)
        return route.status == 405 ? Reply{.status = 405} : refuse(problems::unknown_path);
    const auto status = static_cast<int>(exchange.switches[Switch::app_only_status]);
    const bool wants_user =
        route.endpoint->sign_in == TokenKind::user && exchange.token->kind == TokenKind::app;
    if (wants_user && status != 200)
        return status == 403 ? refuse(problems::app_only) : refuse_with_status(status, 1);
    return std::nullopt;
}

Reply Service::handle_call(Exchange& exchange) {
    if (std::optional<Reply> refusal = turn_away(exchange))
        return *std::move(refusal);
    try {
        return exchange.route.endpoint->write ? write(exchange) : read(exchange);
    } catch (const Refused& refused) {
        return refused.reply();
    }
}

std::optional<std::uint32_t> Service::customer_in(const Exchange& exchange, const View& world) {
    if (exchange.customer.empty())
        return {};
    if (!is_guid(exchange.customer))
        throw Refused(problems::not_a_guid);
    const std::optional<std::uint32_t> customer = world.find_customer(exchange.customer);
    if (!customer)
        throw Refused(
            exchange.switches[Switch::unknown_customer] == 404 ? problems::unknown_tenant
                                                               : problems::no_relationship
        );
    return customer;
}

Reply Service::read(Exchange& exchange) {
    const bool listing = exchange.route.endpoint->rows != nullptr;
    const std::chrono::milliseconds lag(exchange.switches[listing ? Switch::lag : Switch::item_lag]
    );
    // An answer that lasts must show every change that its version counts, also one that was made
    // between a look at the clock and the lock.
    const View world(
        state_.world,
        exchange.lasts() ? Clock::time_point::max() : Clock::now() - lag,
        listing ? Reader::listing : Reader::item
    );
    const std::optional<std::uint32_t> customer = customer_in(exchange, world);
    // What shows by itself is counted by no version.
    return exchange.lasts() && !world.holds().is_about_to_change()
               ? give_again(exchange, world, customer)
               : make_answer(exchange, world, customer);
}

Reply Service::give_again(
    Exchange& exchange, const View& world, std::optional<std::uint32_t> customer
) {
    const std::string question =
        question_of(exchange.request) + (accepts_gzip(exchange.request) ? "\ngzip" : "\n");
    const Versions versions{
        customer ? world.version_of(*customer) : world.version(), exchange.switches.version};
    exchange.packed = true;
    if (const std::shared_ptr<const Reply> reply = state_.answers.find(question, versions))
        return *reply;
    Reply reply = make_answer(exchange, world, customer);
    pack(exchange, reply);
    if (reply.status == 200)
        state_.answers.keep(question, versions, reply);
    return reply;
}

Call Service::make_call(
    const Exchange& exchange, const View& world, std::optional<std::uint32_t> customer
) const {
    const std::uint64_t turn = exchange.turn();
    return {
        .request = exchange.request,
        .endpoint = *exchange.route.endpoint,
        .world = world,
        .switches = exchange.switches,
        .fault = exchange.effect.listing,
        .speller = Speller(exchange.switches, mix(state_.seed, 30, turn)),
        .turn = turn,
        .customer = customer.value_or(0),
        .variables = exchange.route.variables,
    };
}

Reply Service::make_answer(
    const Exchange& exchange, const View& world, std::optional<std::uint32_t> customer
) const {
    Call call = make_call(exchange, world, customer);
    if (call.endpoint.locate)
        if (const std::optional<Problem> problem = call.endpoint.locate(call))
            return refuse(*problem);
    return call.endpoint.rows ? answer_listing(call) : call.endpoint.answer(call);
}

Reply Service::throttled(int seconds) const {
    Reply reply = refuse_with_status(429, seconds);
    reply.headers.emplace_back("Retry-After", std::to_string(seconds));
    return reply;
}

void Service::add_common_headers(const Exchange& exchange, Reply& reply) const {
    const Request& request = exchange.request;
    Draw draw(mix(state_.seed, 31, exchange.log.number));
    const auto echo = [&](std::string_view name) {
        const std::string_view given = request.header(name);
        reply.headers.emplace_back(
            name, given.empty() ? guid_from(draw.next()) : std::string(given)
        );
    };
    echo("MS-RequestId");
    echo("MS-CorrelationId");
    reply.headers.emplace_back("MS-CV", fmt::format("{:x}.0", draw.next()));
    reply.headers.emplace_back("MS-ServerId", "101112616");
    if (const std::string_view locale = request.header("X-Locale"); !locale.empty())
        reply.headers.emplace_back("X-Locale", fmt::format("{0},{0}", locale));
    if (exchange.token && exchange.token->kind == TokenKind::user &&
        !request.header("ValidateMfa").empty()) {
        const bool compliant =
            exchange.effect.mfa_compliant && exchange.switches.is_on(Switch::mfa_compliant);
        reply.headers.emplace_back("isMfaCompliant", compliant ? "true" : "false");
    }
}

void Service::pack(const Exchange& exchange, Reply& reply) const {
    const SwitchValues& switches = exchange.switches;
    const bool marked = switches.is_on(reply.status < 300 ? Switch::bom : Switch::bom_on_errors);
    if (marked && !exchange.sign_in && !reply.body.empty() && is_json(reply) && !is_encoded(reply))
        reply.body.insert(0, byte_order_mark);
    if (exchange.effect.body_ends_early)
        reply.body.resize(reply.body.size() * 2 / 3);
    if (!accepts_gzip(exchange.request) || !switches.is_on(Switch::gzip) ||
        reply.body.size() < worth_packing || is_encoded(reply))
        return;
    reply.body = gzipped(reply.body);
    reply.headers.emplace_back("Content-Encoding", "gzip");
}

void Service::finish(Exchange& exchange, Reply& reply) {
    const Request& request = exchange.request;
    if (!exchange.sign_in)
        add_common_headers(exchange, reply);
    if (!exchange.packed)
        pack(exchange, reply);
    if (request.method == "HEAD")
        reply.body.clear();
    reply.delivery.delay += std::chrono::milliseconds(exchange.switches[Switch::latency]);

    const Delivery::Mode mode = reply.delivery.mode;
    LogEntry& log = exchange.log;
    log.method = request.method;
    log.path = request.path();
    log.query = request.query();
    log.endpoint = exchange.sign_in ? std::string(sign_in_call(request)) : exchange.operation;
    log.customer = exchange.customer;
    log.status = mode == Delivery::Mode::reset || mode == Delivery::Mode::hang ? 0 : reply.status;
    log.fault = exchange.effect.name;
    log.request_id = request.header("MS-RequestId");
    log.correlation_id = request.header("MS-CorrelationId");
    if (exchange.token) {
        log.token_kind = to_string(exchange.token->kind);
        log.token_serial = exchange.token->serial;
    }
    log.validate_mfa = !request.header("ValidateMfa").empty();
    log.continues = !request.header("MS-ContinuationToken").empty();
    log.accept_encoding = request.header("Accept-Encoding");
    log.bytes = reply.body.size();
    log.delay_ms = reply.delivery.delay.count();
    log.retry_after = header_of(reply, "Retry-After");
    state_.log.add(std::move(log));
}

} // namespace pcmirror::simulator
