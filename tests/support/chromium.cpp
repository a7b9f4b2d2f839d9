#include "tests/support/chromium.hpp"

#include "tests/support/simulator.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace pcmirror::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using nlohmann::json;

std::string decoded(const std::string& base64) {
    const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    unsigned value = 0;
    int bits = 0;
    for (const char letter : base64) {
        const std::size_t six = letters.find(letter);
        if (six == std::string::npos)
            break;
        value = (value << 6) | static_cast<unsigned>(six);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>((value >> bits) & 0xFF);
        }
    }
    return bytes;
}

std::vector<std::string> command_line(const std::filesystem::path& profile) {
    return {
        "chromium",
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking",
        "--remote-debugging-port=0",
        "--user-data-dir=" + profile.string(),
        "about:blank"};
}

} // namespace

struct Chromium::State {
    TemporaryDirectory profile;
    Process process{command_line(profile.path())};
    asio::io_context loop;
    beast::websocket::stream<beast::tcp_stream> socket{loop};
    int calls = 0;
    std::vector<std::string> complaints;

    /// `ws://127.0.0.1:1234/devtools/page/ID`
    void connect(const std::string& url) {
        const std::string scheme = "ws://";
        const std::size_t slash = url.find('/', scheme.size());
        const std::string place = url.substr(scheme.size(), slash - scheme.size());
        const std::size_t colon = place.rfind(':');
        const auto port = static_cast<unsigned short>(std::stoi(place.substr(colon + 1)));
        socket.next_layer().socket().connect({asio::ip::make_address("127.0.0.1"), port});
        socket.read_message_max(64 << 20);
        socket.handshake(place, url.substr(slash));
    }

    json read() {
        beast::flat_buffer buffer;
        beast::error_code result = asio::error::would_block;
        socket.next_layer().expires_after(process_deadline);
        socket.async_read(buffer, [&](beast::error_code error, std::size_t) { result = error; });
        loop.restart();
        loop.run();
        if (result)
            throw std::runtime_error("the browser says nothing: " + result.message());
        return json::parse(beast::buffers_to_string(buffer.data()));
    }

    void take_event(const json& event) {
        const std::string method = event.value("method", "");
        if (method == "Runtime.exceptionThrown" || method == "Runtime.consoleAPICalled" ||
            method == "Log.entryAdded" || method == "Page.javascriptDialogOpening")
            complaints.push_back(event.dump());
    }
};

bool Chromium::is_installed() {
    return run({"sh", "-c", "command -v chromium"}).exit_code == 0;
}

Chromium::Chromium() : state_(std::make_unique<State>()) {
    if (!state_->process.await_err("DevTools listening on "))
        throw std::runtime_error("no browser: " + state_->process.err());
    std::string log = state_->process.err();
    std::size_t at = log.find("ws://");
    while (log.find('\n', at) == std::string::npos)
        log = state_->process.err();
    const std::string place = log.substr(at + 5, log.find('/', at + 5) - at - 5);
    for (const json& target : json::parse(http_call("GET", "http://" + place + "/json").body))
        if (target["type"] == "page")
            state_->connect(target["webSocketDebuggerUrl"]);
    for (const char* domain : {"Page", "Runtime", "Log", "Accessibility"})
        call(std::string(domain) + ".enable");
}

Chromium::~Chromium() = default;

json Chromium::call(const std::string& method, json parameters) {
    const int number = ++state_->calls;
    const json message = {{"id", number}, {"method", method}, {"params", std::move(parameters)}};
    state_->socket.write(asio::buffer(message.dump()));
    for (;;) {
        const json answer = state_->read();
        if (!answer.contains("id")) {
            state_->take_event(answer);
            continue;
        }
        if (answer.contains("error"))
            throw std::runtime_error(method + ": " + answer["error"].dump());
        if (answer["id"] == number)
            return answer["result"];
    }
}

void Chromium::open(const std::string& url) {
    state_->complaints.clear();
    const json answer = call("Page.navigate", {{"url", url}});
    if (answer.contains("errorText"))
        throw std::runtime_error(url + ": " + answer["errorText"].get<std::string>());
    await("document.readyState === 'complete' && location.href !== 'about:blank'");
}

json Chromium::value(const std::string& expression) {
    const json answer = call(
        "Runtime.evaluate",
        {{"expression", expression}, {"returnByValue", true}, {"awaitPromise", true}}
    );
    if (answer.contains("exceptionDetails"))
        throw std::runtime_error(expression + ": " + answer["exceptionDetails"].dump());
    return answer["result"].value("value", json());
}

void Chromium::await(const std::string& expression) {
    const auto until = std::chrono::steady_clock::now() + process_deadline;
    while (value(expression) != true)
        if (std::chrono::steady_clock::now() > until)
            throw std::runtime_error("never: " + expression);
}

void Chromium::resize(int width, int height) {
    call(
        "Emulation.setDeviceMetricsOverride",
        {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", width < 600}}
    );
}

void Chromium::prefer(const std::string& colour_scheme) {
    call(
        "Emulation.setEmulatedMedia",
        {{"features", json::array({{{"name", "prefers-color-scheme"}, {"value", colour_scheme}}})}}
    );
}

const std::vector<std::string>& Chromium::complaints() const {
    return state_->complaints;
}

void Chromium::shoot(const std::filesystem::path& file) {
    const json answer = call("Page.captureScreenshot", {{"captureBeyondViewport", true}});
    std::ofstream(file, std::ios::binary) << decoded(answer["data"]);
}

} // namespace pcmirror::testing
