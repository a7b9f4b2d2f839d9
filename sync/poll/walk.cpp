#include "sync/poll/walk.hpp"

#include "config/log.hpp"

#include <set>

namespace pcmirror {
namespace {

// 25 million customers; a listing beyond it has lost its way.
constexpr std::size_t page_limit = 50'000;

// A body that is cut or garbled is asked for again so often.
constexpr int garbled_limit = 3;

/// One listing being walked; lives for one `walk_listing`.
class Walk {
  public:
    Walk(PartnerCenter& api, Envelope envelope, Call first, WalkHandlers handlers)
        : api_(api), envelope_(envelope), first_(std::move(first)), handlers_(std::move(handlers)) {
    }

    asio::awaitable<Walked> run() {
        Call call = first_;
        while (true) {
            const std::optional<Call> next = co_await one_page(call);
            if (!next)
                co_return walked_;
            call = *next;
        }
    }

  private:
    /// Fetches a page and hands it over. Returns the call for the one after it, or nothing at the
    /// end, whichever end that is.
    asio::awaitable<std::optional<Call>> one_page(Call call) {
        const Answer answer = co_await api_.get(call);
        if (answer.verdict != Verdict::ok)
            co_return after_refusal(answer);
        Page page;
        try {
            page = scan_page(answer.body, envelope_);
        } catch (const Error& error) {
            if (++garbled_ < garbled_limit)
                co_return call;
            co_return end(
                WalkEnd::broken,
                std::string(error.what()) + " [request id " + answer.request_id + "]"
            );
        }
        ++walked_.pages;
        by_hand_ = false;
        co_await handlers_.page(page);
        event(
            Level::debug,
            "page.read",
            {{field::path, call.url},
             {field::page, walked_.pages},
             {field::seen, page.records.size()},
             {field::request_id, answer.request_id}}
        );
        if (!page.next)
            co_return end(WalkEnd::complete, {});
        co_return follow(page);
    }

    std::optional<Call> follow(const Page& page) {
        if (walked_.pages >= page_limit)
            return end(WalkEnd::broken, "the listing has more than 50000 pages");
        Call call = first_;
        call.headers = continuation_headers(page);
        try {
            call.url = resolve_link(api_.base_url(), page.next->uri);
        } catch (const Error& error) {
            return end(WalkEnd::broken, error.what());
        }
        std::string identity = call.url;
        for (const auto& [name, value] : call.headers) {
            identity += '\n' + name + ':' + value;
            if (name == "MS-ContinuationToken")
                token_ = value;
        }
        if (!seen_.insert(std::move(identity)).second)
            return end(
                WalkEnd::broken,
                "the next link of page " + std::to_string(walked_.pages) +
                    " was followed before: the listing goes in circles"
            );
        return call;
    }

    std::optional<Call> after_refusal(const Answer& answer) {
        const bool on_first_page = walked_.pages == 0;
        const bool lost = answer.status == 400 || answer.status == 404 || answer.status == 410;
        if (!on_first_page && lost)
            return find_way_back(answer);
        if (on_first_page && answer.verdict == Verdict::refused)
            return end(WalkEnd::refused, answer.describe());
        if (on_first_page && answer.verdict == Verdict::not_found)
            return end(WalkEnd::not_found, answer.describe());
        return end(WalkEnd::broken, answer.describe());
    }

    /// Next links are sometimes malformed, and tokens expire: first the request is put together by
    /// hand, then the listing starts over, once.
    std::optional<Call> find_way_back(const Answer& answer) {
        if (!by_hand_ && !token_.empty()) {
            by_hand_ = true;
            Call call = first_;
            call.url += call.url.find('?') == std::string::npos ? '?' : '&';
            call.url += "seekOperation=Next";
            call.headers = {{"MS-ContinuationToken", token_}};
            return call;
        }
        if (started_over_)
            return end(WalkEnd::broken, "a continuation was refused twice: " + answer.describe());
        started_over_ = true;
        event(
            Level::info,
            "listing.started_over",
            {{field::path, first_.url}, {field::error, answer.describe()}}
        );
        handlers_.start_over();
        walked_.pages = 0;
        by_hand_ = false;
        token_.clear();
        seen_.clear();
        return first_;
    }

    std::nullopt_t end(WalkEnd how, std::string message) {
        walked_.end = how;
        walked_.message = std::move(message);
        return std::nullopt;
    }

    PartnerCenter& api_;
    Envelope envelope_;
    Call first_;
    WalkHandlers handlers_;
    Walked walked_;
    std::set<std::string> seen_;
    std::string token_;
    int garbled_ = 0;
    bool by_hand_ = false;
    bool started_over_ = false;
};

} // namespace

asio::awaitable<Walked>
walk_listing(PartnerCenter& api, Envelope envelope, Call first, WalkHandlers handlers) {
    Walk walk(api, envelope, std::move(first), std::move(handlers));
    co_return co_await walk.run();
}

asio::awaitable<Walked> walk_for_absence(
    PartnerCenter& api,
    Envelope envelope,
    Call first,
    std::function<asio::awaitable<void>(const Page& page)> page
) {
    bool started_over = false;
    WalkHandlers handlers;
    handlers.page = std::move(page);
    handlers.start_over = [&] { started_over = true; };
    Walked walked = co_await walk_listing(api, envelope, first, handlers);
    if (walked.end == WalkEnd::complete && (walked.pages > 1 || started_over))
        walked = co_await walk_listing(api, envelope, first, handlers);
    co_return walked;
}

} // namespace pcmirror
