#include "sync/write/live_items.hpp"

#include "sync/poll/walk.hpp"

namespace pcmirror {
namespace {

[[noreturn]] void throw_trouble(const Walked& walked) {
    throw Error(
        walked.end == WalkEnd::refused ? Recovery::skip_scope : Recovery::retry_later,
        walked.message
    );
}

} // namespace

Call LiveItems::call(const std::string& path) const {
    Call call;
    call.priority = Priority::write_back;
    call.sign_in = sign_in_;
    call.url = api_.url_of(path);
    call.patient = patient_;
    if (!customer_id_.empty())
        call.customer_id = customer_id_;
    return call;
}

asio::awaitable<Answer> LiveItems::get(std::string path) {
    co_return co_await api_.get(call(path));
}

asio::awaitable<std::optional<Document>> LiveItems::item(std::string path) {
    const Answer answer = co_await get(std::move(path));
    if (answer.verdict == Verdict::not_found)
        co_return std::nullopt;
    co_return body_of_item(answer);
}

asio::awaitable<std::optional<Document>>
LiveItems::find(std::string path, std::function<bool(const Document&)> fits, Envelope envelope) {
    std::optional<Document> found;
    WalkHandlers handlers;
    handlers.page = [&](const Page& page) -> asio::awaitable<void> {
        for (const std::string_view record : page.records) {
            if (found)
                break;
            Document item = Document::parse(record);
            if (fits(item))
                found = std::move(item);
        }
        co_return;
    };
    handlers.start_over = [] {};
    const Walked walked = co_await walk_listing(api_, envelope, call(path), std::move(handlers));
    if (found || walked.end == WalkEnd::complete || walked.end == WalkEnd::not_found)
        co_return found;
    throw_trouble(walked);
}

asio::awaitable<Listed> LiveItems::list(std::string path) {
    std::vector<Document> items;
    std::function<asio::awaitable<void>(const Page&)> take = [&](const Page& page
                                                             ) -> asio::awaitable<void> {
        for (const std::string_view record : page.records)
            items.push_back(Document::parse(record));
        co_return;
    };
    const Walked walked =
        co_await walk_for_absence(api_, Envelope::collection, call(path), std::move(take));
    if (walked.end == WalkEnd::not_found)
        co_return std::nullopt;
    if (walked.end != WalkEnd::complete)
        throw_trouble(walked);
    co_return items;
}

Document body_of_item(const Answer& answer) {
    if (answer.verdict != Verdict::ok)
        throw Error(Recovery::skip_scope, answer.describe());
    return Document::parse(answer.body);
}

} // namespace pcmirror
