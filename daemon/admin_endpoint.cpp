#include "daemon/admin_endpoint.hpp"

#include "config/log.hpp"
#include "daemon/facts_keeper.hpp"
#include "daemon/failure_text.hpp"
#include "daemon/json.hpp"
#include "daemon/status_page.hpp"
#include "daemon/web/local_server.hpp"
#include "sync/http/guid.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <string>
#include <thread>
#include <utility>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

constexpr auto between_attempts = 10s;
constexpr int unavailable = 503;

bool wants_json(const WebRequest& request) {
    return header(request.headers, "Accept").find("application/json") != std::string_view::npos;
}

WebAnswer json_answer(int status, const JsonWriter& json) {
    WebAnswer answer;
    answer.status = status;
    answer.content_type = "application/json";
    answer.body = json.document();
    return answer;
}

WebAnswer text_answer(int status, std::string text) {
    WebAnswer answer;
    answer.status = status;
    answer.body = std::move(text);
    return answer;
}

/// Whether the process gets on; whether it can do its work is asked of `/readyz`.
WebAnswer healthz(const AdminFacts& facts, bool as_json) {
    const int status = facts.hang ? unavailable : 200;
    if (!as_json)
        return text_answer(status, facts.hang.value_or("ok") + '\n');
    JsonWriter json;
    json.begin_object().key("healthy").boolean(!facts.hang);
    json.key("reason").optional_text(facts.hang).end_object();
    return json_answer(status, json);
}

std::string readiness_text(const AdminFacts& facts) {
    if (facts.ready())
        return "ready\n";
    std::string text = "not ready\n";
    if (facts.hang)
        text += *facts.hang + '\n';
    for (const Trouble& trouble : facts.troubles) {
        text += fmt::format("{}: {}\n", trouble.name, trouble.why);
        if (!trouble.hint.empty())
            text += fmt::format("  {}\n", trouble.hint);
    }
    return text;
}

WebAnswer readyz(const AdminFacts& facts, bool as_json) {
    const int status = facts.ready() ? 200 : unavailable;
    if (!as_json)
        return text_answer(status, readiness_text(facts));
    JsonWriter json;
    json.begin_object().key("ready").boolean(facts.ready()).key("reasons").begin_array();
    if (facts.hang)
        json.begin_object().key("name").text("hang").key("why").text(*facts.hang).end_object();
    for (const Trouble& trouble : facts.troubles) {
        json.begin_object().key("name").text(trouble.name).key("why").text(trouble.why);
        json.key("hint").text(trouble.hint).end_object();
    }
    json.end_array().end_object();
    return json_answer(status, json);
}

WebAnswer metrics(const Metrics& metrics, const AdminFacts& facts) {
    WebAnswer answer;
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    answer.body = metrics.text(facts);
    return answer;
}

WebAnswer page(const AdminFacts& facts) {
    const std::string nonce = new_guid();
    WebAnswer answer;
    answer.content_type = "text/html; charset=utf-8";
    answer.body = status_page(facts, nonce);
    answer.content_security_policy = status_page_policy(nonce);
    return answer;
}

} // namespace

struct AdminEndpoint::State {
    State(Settings given, Instruments& told)
        : settings(std::move(given)), instruments(told),
          keeper(loop.get_executor(), settings, instruments), tasks(loop.get_executor()) {}

    asio::awaitable<WebAnswer> answer(WebRequest request) {
        const bool as_json = wants_json(request);
        if (request.path == "/healthz")
            co_return healthz(keeper.facts_of_process(), as_json);
        if (request.path == "/readyz")
            co_return readyz(keeper.facts_of_process(), as_json);
        if (request.path == "/metrics") {
            const AdminFacts facts = co_await keeper.facts();
            co_return metrics(instruments.metrics, facts);
        }
        if (request.path == "/") {
            const AdminFacts facts = co_await keeper.facts();
            co_return page(facts);
        }
        co_return text_answer(404, "there is /, /healthz, /readyz and /metrics\n");
    }

    asio::awaitable<void> serve() {
        bool told = false;
        for (;;) {
            FailureText trouble;
            try {
                LocalServer server(
                    loop.get_executor(),
                    settings.admin_listen,
                    [this](WebRequest request) { return answer(std::move(request)); }
                );
                told = false;
                event(Level::info, "admin.listening", {{"address", address(server.port())}});
                co_await server.serve();
            } catch (...) {
                trouble = failure_text(std::current_exception());
            }
            if (!std::exchange(told, true))
                event(
                    Level::warn,
                    "admin.unavailable",
                    {{field::error, trouble.error}, {field::hint, trouble.hint}}
                );
            co_await sleep_for(between_attempts);
        }
    }

    /// As configured, with the port that was had.
    [[nodiscard]] std::string address(std::uint16_t port) const {
        const std::string& listen = settings.admin_listen;
        return fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), port);
    }

    asio::awaitable<void> run() {
        tasks.spawn(serve());
        co_await tasks.join();
    }

    Settings settings;
    Instruments& instruments;
    asio::io_context loop{1};
    FactsKeeper keeper;
    TaskGroup tasks;
    std::thread thread;
};

AdminEndpoint::AdminEndpoint(const Settings& settings, Instruments& instruments) {
    if (settings.admin_listen.empty())
        return;
    state_ = std::make_unique<State>(settings, instruments);
    state_->thread = std::thread([state = state_.get()] {
        asio::co_spawn(state->loop, state->run(), [](const std::exception_ptr&) {});
        state->loop.run();
    });
}

AdminEndpoint::~AdminEndpoint() {
    if (!state_)
        return;
    asio::post(state_->loop, [state = state_.get()] { state->tasks.cancel(); });
    state_->thread.join();
}

} // namespace pcmirror
