#include "daemon/web/session.hpp"

#include "config/log.hpp"
#include "daemon/web/answer_head.hpp"
#include "daemon/web/gzip.hpp"
#include "daemon/web/target.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace pcmirror::web {

namespace beast = boost::beast;
using boost::system::error_code;
using std::chrono::steady_clock;
using Message = beast::http::request<beast::http::string_body>;
using Parser = beast::http::request_parser<beast::http::string_body>;

namespace {

using namespace std::chrono_literals;

/// What is no more than this is not worth compressing.
constexpr std::size_t least_compressed = 1 << 10;

/// A client that is still sending when it is refused gets the refusal only if what it sends is
/// taken (RFC 9112, section 9.6); for so long and so much.
constexpr auto longest_parting = 2s;
constexpr std::size_t largest_parting = 1 << 20;

WebAnswer refusal(int status, std::string body) {
    WebAnswer answer;
    answer.status = status;
    answer.body = std::move(body) + '\n';
    return answer;
}

bool is_protocol_error(const error_code& error) {
    return error.category() == make_error_code(beast::http::error::bad_method).category();
}

/// What a request that could not be read is answered; nothing where the client is gone.
std::optional<WebAnswer> refusal_of(const error_code& error, const WebLimits& limits) {
    using Kind = beast::http::error;
    if (!is_protocol_error(error) || error == Kind::end_of_stream || error == Kind::partial_message)
        return std::nullopt;
    if (error == Kind::header_limit)
        return refusal(431, fmt::format("the head exceeds {} bytes", limits.head));
    if (error == Kind::body_limit)
        return refusal(413, fmt::format("the body exceeds {} bytes", limits.body));
    return refusal(400, "this is not HTTP: " + error.message());
}

WebRequest request_of(Message&& message, Target&& target) {
    WebRequest request;
    request.method = std::string(message.method_string());
    request.path = std::move(target.path);
    request.query = std::move(target.query);
    request.host = std::string(message[beast::http::field::host]);
    for (const auto& field : message)
        request.headers.emplace_back(field.name_string(), field.value());
    request.body = std::move(message.body());
    return request;
}

} // namespace

struct Session::Impl {
    Impl(asio::ip::tcp::socket socket, const Service& what)
        : stream(std::move(socket)), service(what) {}

    asio::awaitable<bool> exchange();
    asio::awaitable<bool> await_request();
    asio::awaitable<error_code> read(Parser& parser);
    asio::awaitable<void> encourage(const Message& message);
    asio::awaitable<WebAnswer> answer_to(Message message);
    [[nodiscard]] std::optional<WebAnswer>
    refused(const Message& message, const std::optional<Target>& target) const;
    asio::awaitable<WebAnswer> handled(WebRequest request);
    asio::awaitable<bool> write(std::string_view head, std::string_view body);
    asio::awaitable<void> part();

    beast::tcp_stream stream;
    const Service& service;
    beast::flat_buffer buffer;
    std::optional<steady_clock::time_point> waiting_since = steady_clock::now();
    bool first = true;
    bool finishing = false; ///< no further request is taken
};

namespace {

/// An answer as it goes out.
struct Wire {
    std::string head;
    std::string body;
};

Wire wire_of(WebAnswer answer, const Headers& asked, bool keeps_alive) {
    Sending sending;
    const auto status = static_cast<beast::http::status>(answer.status);
    const auto reason = beast::http::obsolete_reason(status);
    sending.reason = {reason.data(), reason.size()};
    sending.keeps_alive = keeps_alive;
    sending.now = std::chrono::system_clock::now();
    sending.compressed =
        answer.body.size() > least_compressed && takes_gzip(header(asked, "accept-encoding"));
    if (sending.compressed)
        answer.body = gzipped(answer.body);
    sending.length = answer.body.size();
    return {head_of(answer, sending), std::move(answer.body)};
}

} // namespace

/// Whether bytes of a request are there.
asio::awaitable<bool> Session::Impl::await_request() {
    waiting_since = steady_clock::now();
    if (buffer.size() > 0)
        co_return true;
    const WebLimits& limits = service.options.limits;
    stream.expires_after(std::exchange(first, false) ? limits.request : limits.idle);
    error_code error;
    const std::size_t size = co_await stream.async_read_some(
        buffer.prepare(limits.head), asio::redirect_error(asio::use_awaitable, error)
    );
    buffer.commit(size);
    co_return !error;
}

asio::awaitable<error_code> Session::Impl::read(Parser& parser) {
    error_code error;
    stream.expires_after(service.options.limits.request);
    co_await beast::http::async_read_header(
        stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error)
    );
    if (error)
        co_return error;
    co_await encourage(parser.get());
    co_await beast::http::async_read(
        stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error)
    );
    co_return error;
}

/// curl and its like send a large body only once they are told to go on.
asio::awaitable<void> Session::Impl::encourage(const Message& message) {
    if (!beast::iequals(message[beast::http::field::expect], "100-continue"))
        co_return;
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code ignored; // of a client that is gone reading tells
    co_await asio::async_write(
        stream, asio::buffer(go_on), asio::redirect_error(asio::use_awaitable, ignored)
    );
}

/// Whether the connection goes on.
asio::awaitable<bool> Session::Impl::exchange() {
    const bool asked = co_await await_request();
    if (!asked)
        co_return false;
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(service.options.limits.head));
    parser.body_limit(service.options.limits.body);
    const error_code error = co_await read(parser);
    waiting_since.reset();
    if (error) {
        if (auto answer = refusal_of(error, service.options.limits)) {
            const Wire wire = wire_of(std::move(*answer), {}, false);
            co_await write(wire.head, wire.body);
            co_await part();
        }
        co_return false;
    }
    const bool asked_to_stay = parser.keep_alive();
    const bool headless = parser.get().method() == beast::http::verb::head;
    const std::string encodings(parser.get()[beast::http::field::accept_encoding]);
    WebAnswer answer = co_await answer_to(parser.release());
    const bool keeps_alive = asked_to_stay && !finishing;
    const Headers taken = {{"accept-encoding", encodings}};
    const Wire wire = wire_of(std::move(answer), taken, keeps_alive);
    const std::string_view body = headless ? std::string_view() : wire.body;
    const bool sent = co_await write(wire.head, body);
    co_return sent&& keeps_alive;
}

/// What the server itself refuses.
std::optional<WebAnswer>
Session::Impl::refused(const Message& message, const std::optional<Target>& target) const {
    const auto hosts = message.count(beast::http::field::host);
    const auto host = message[beast::http::field::host];
    if (hosts > 1 || !target)
        return refusal(400, "this request can't be understood");
    const bool old = message.version() < 11;
    const bool own = (old && hosts == 0) || service.names.accept({host.data(), host.size()});
    if (!own || (!target->authority.empty() && !service.names.accept(target->authority)))
        return refusal(
            421, "this server answers only to " + service.names.in_words() + " in the Host header"
        );
    std::vector<std::string> methods = {"GET", "HEAD"};
    const auto& more = service.options.more_methods;
    methods.insert(methods.end(), more.begin(), more.end());
    if (std::ranges::find(methods, std::string_view(message.method_string())) != methods.end())
        return std::nullopt;
    WebAnswer answer =
        refusal(405, "this server answers only to " + fmt::to_string(fmt::join(methods, ", ")));
    answer.headers = {{"Allow", fmt::to_string(fmt::join(methods, ", "))}};
    return answer;
}

asio::awaitable<WebAnswer> Session::Impl::answer_to(Message message) {
    std::optional<Target> target = read_target(message.target());
    if (auto answer = refused(message, target))
        co_return std::move(*answer);
    co_return co_await handled(request_of(std::move(message), std::move(*target)));
}

asio::awaitable<WebAnswer> Session::Impl::handled(WebRequest request) {
    const std::string path = request.path;
    std::string failure;
    std::exception_ptr thrown;
    try {
        WebAnswer answer = co_await service.handler(std::move(request));
        head_of(answer, {}); // what can't be sent is the handler's failure, too
        co_return answer;
    } catch (const std::exception& error) {
        failure = error.what();
        thrown = std::current_exception();
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        std::rethrow_exception(thrown);
    event(Level::error, "admin.failed", {{field::path, path}, {field::error, failure}});
    co_return refusal(500, "this failed; the log of pcmirror says why");
}

asio::awaitable<bool> Session::Impl::write(std::string_view head, std::string_view body) {
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
    error_code error;
    stream.expires_after(service.options.limits.answer);
    co_await asio::async_write(stream, parts, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

/// Takes what is still under way, so that the answer is not lost to a reset.
asio::awaitable<void> Session::Impl::part() {
    error_code error;
    stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    stream.expires_after(longest_parting);
    std::array<char, 4096> unread{};
    for (std::size_t taken = 0; !error && taken < largest_parting;)
        taken += co_await stream.async_read_some(
            asio::buffer(unread), asio::redirect_error(asio::use_awaitable, error)
        );
}

Session::Session(asio::ip::tcp::socket socket, const Service& service)
    : impl_(std::make_unique<Impl>(std::move(socket), service)) {}

Session::~Session() = default;

asio::awaitable<void> Session::run() {
    error_code ignored;
    // Answers are written whole: waiting for more bytes would only delay them.
    impl_->stream.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    bool goes_on = true;
    while (goes_on)
        goes_on = co_await impl_->exchange();
}

std::optional<steady_clock::time_point> Session::waiting_since() const {
    return impl_->waiting_since;
}

void Session::close() {
    impl_->waiting_since.reset();
    impl_->stream.close();
}

void Session::finish() {
    impl_->finishing = true;
    if (impl_->waiting_since)
        close();
}

} // namespace pcmirror::web
