#pragma once

#include "sync/http/transport.hpp"
#include "tests/places/places.hpp"
#include "tests/support/process.hpp"
#include "tests/support/simulator.hpp"
#include "tests/support/temporary_directory.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace pcmirror::testing {

/// What a person's browser does: follows redirects, and sends the forms that pages have it send.
class Browser {
  public:
    explicit Browser(std::filesystem::path ca_file) : ca_file_(std::move(ca_file)) {}

    /// The page on which it ends.
    [[nodiscard]] HttpResponse visit(const std::string& url) const {
        HttpResponse page = send(request_for(url));
        for (int steps = 0; steps < 5 && !next(page).url.empty(); ++steps)
            page = send(next(page));
        return page;
    }

    /// One step only.
    [[nodiscard]] HttpResponse look(const std::string& url, Headers headers = {}) const {
        HttpRequest request = request_for(url);
        request.headers = std::move(headers);
        return send(std::move(request));
    }

  private:
    static HttpRequest request_for(const std::string& url) {
        HttpRequest request;
        request.url = url;
        return request;
    }

    static std::string between(
        const std::string& text,
        const std::string& before,
        const std::string& after,
        std::size_t from = 0
    ) {
        const std::size_t at = text.find(before, from);
        if (at == std::string::npos)
            return {};
        const std::size_t begin = at + before.size();
        return text.substr(begin, text.find(after, begin) - begin);
    }

    static HttpRequest next(const HttpResponse& page) {
        HttpRequest request = request_for(std::string(header(page.headers, "location")));
        const std::string action = between(page.body, "action=\"", "\"");
        if (action.empty())
            return request;
        request.url = action;
        request.method = "POST";
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
        for (std::size_t at = page.body.find("<input"); at != std::string::npos;
             at = page.body.find("<input", at + 1))
            request.body += between(page.body, "name=\"", "\"", at) + '=' +
                            between(page.body, "value=\"", "\"", at) + '&';
        return request;
    }

    [[nodiscard]] HttpResponse send(HttpRequest request) const {
        asio::io_context loop;
        const auto http = make_http_transport(loop.get_executor(), {.ca_file = ca_file_});
        auto answer = asio::co_spawn(loop, http->send(std::move(request)), asio::use_future);
        while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            loop.run_one();
        return answer.get();
    }

    std::filesystem::path ca_file_;
};

/// A program that is set up for a simulated partner and has no refresh token yet.
class NotSignedIn {
  public:
    explicit NotSignedIn(const nlohmann::json& partner_center = nlohmann::json::object())
        : simulator({"--tls", "--customers", "3"}), browser(simulator.fact("ca_file")) {
        configure(partner_center);
    }

    void configure(const nlohmann::json& partner_center) {
        config = write_config(
            directory.path(),
            simulator,
            "postgresql:///no_database_is_needed",
            {{"partner_center", partner_center}}
        );
        std::filesystem::remove(directory / "refresh_token");
    }

    [[nodiscard]] std::vector<std::string> words(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {places::program, "login"});
        arguments.insert(arguments.end(), {"--config", config.string()});
        return arguments;
    }

    [[nodiscard]] Outcome call(std::vector<std::string> arguments) const {
        return run(words(std::move(arguments)));
    }

    void tokens(const nlohmann::json& wish) const { simulator.control("POST", "/tokens", wish); }

    void fault(const nlohmann::json& rule) const { simulator.control("POST", "/faults", rule); }

    [[nodiscard]] bool has_token() const {
        return std::filesystem::exists(directory / "refresh_token");
    }

    /// The calls of the sign-in service and the API, in their order.
    [[nodiscard]] std::vector<std::string> calls() const {
        std::vector<std::string> names;
        for (const nlohmann::json& request : simulator.control_lines("/log"))
            names.push_back(request["endpoint"]);
        return names;
    }

    TemporaryDirectory directory;
    Simulator simulator;
    Browser browser;
    std::filesystem::path config;
};

/// How an application is registered, what of it is configured, and as what the client proves
/// itself.
struct Registration {
    std::string kind;
    nlohmann::json configured;
    std::string client;
};

inline const std::vector<Registration> registrations = {
    {"public", {{"client_secret_file", nullptr}}, "public"},
    {"public", nlohmann::json::object(), "public"},
    {"either", {{"client_secret_file", nullptr}}, "public"},
    {"either", nlohmann::json::object(), "confidential"}};

/// A login under way that waits for its browser.
class WaitingLogin {
  public:
    WaitingLogin(const NotSignedIn& place, std::vector<std::string> arguments)
        : process(place.words(std::move(arguments))) {
        if (!process.await_err("Ctrl-C ends it"))
            throw std::runtime_error("the login does not wait: " + process.err());
    }

    /// What it asks to open.
    [[nodiscard]] std::string url() const {
        const std::string err = process.err();
        const std::size_t begin = err.find("\n\n  ") + 4;
        return err.substr(begin, err.find('\n', begin) - begin);
    }

    /// A parameter of it, decoded as far as these need it.
    [[nodiscard]] std::string parameter(const std::string& name) const {
        const std::string text = url();
        const std::size_t begin = text.find('&' + name + '=') + name.size() + 2;
        std::string value = text.substr(begin, text.find('&', begin) - begin);
        for (const auto& [escape, letter] : {std::pair("%3A", ":"), std::pair("%2F", "/")})
            for (std::size_t at = 0; (at = value.find(escape)) != std::string::npos;)
                value.replace(at, 3, letter);
        return value;
    }

    /// Of its listener.
    [[nodiscard]] std::uint16_t port() const {
        const std::string err = process.err();
        const std::string before = "listens on localhost:";
        return static_cast<std::uint16_t>(std::stoul(err.substr(err.find(before) + before.size())));
    }

    Process process;
};

} // namespace pcmirror::testing
