#include "sync/write/write_call.hpp"

#include "sync/write/secrets.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>

namespace pcmirror {

WriteCall
write_call(Workshop& shop, Attempt& attempt, std::string_view path, const Document& item) {
    attempt.noted = false;
    attempt.attempted = false;
    attempt.answered = false;
    WriteCall write;
    write.call.priority = Priority::write_back;
    write.call.sign_in = attempt.sign_in;
    write.call.patient = false;
    write.call.url = shop.mirror.api.url_of(filled_path(attempt.filled, path));
    if (!attempt.job.customer_id.empty())
        write.call.customer_id = attempt.job.customer_id;
    if (std::string etag = if_match_of(*attempt.operation, item); !etag.empty())
        write.call.headers.emplace_back("If-Match", std::move(etag));
    write.method = attempt.operation->method;
    const Document body = body_of(attempt.filled, item);
    if (!body.is_null())
        write.body = body.json();
    write.request_id = attempt.job.request_id;
    write.may_send = [&shop, &attempt]() -> asio::awaitable<bool> {
        // From here on nobody else could tell what becomes of it.
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        // Asked again where it could not leave the first time.
        if (!attempt.noted)
            attempt.noted = co_await shop.store.send(attempt.job);
        attempt.attempted = attempt.noted;
        co_return attempt.noted;
    };
    write.may_leave = [&shop] { return shop.mirror.session.holds(); };
    write.mask = [&attempt](std::string text) {
        return without_secrets(std::move(text), attempt.job.secrets);
    };
    return write;
}

} // namespace pcmirror
