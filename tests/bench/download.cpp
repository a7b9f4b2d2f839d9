// The least that downloading the same pages costs: kept connections, one thread each, gzip, next
// links followed, nothing parsed and nothing stored. The yardstick of tests/bench/users.
//
//   pcmirror-download --url BASE --token TOKEN --paths FILE [--connections N] [--ca FILE] [--parse]
//
// Each line of FILE is a path with its query. Prints
// {"requests": N, "bytes": inflated, "seconds": wall, "cpu": user and system of this process}, with
// --parse also "records" and "parsing", the CPU seconds that the program's own scanner and decoder
// take for the pages, which must be of users.

#include "tests/bench/parsing.hpp"

#include <CLI/CLI.hpp>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>
#include <zlib.h>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

struct Options {
    std::string url;
    std::string token;
    std::string paths;
    std::string ca;
    unsigned connections = 8;
    bool parse = false;
};

struct Place {
    bool tls = false;
    std::string host;
    std::string port;
};

Place place_of(const std::string& url) {
    Place place;
    place.tls = url.starts_with("https://");
    const std::string rest = url.substr(url.find("//") + 2);
    const std::size_t colon = rest.rfind(':');
    place.host = rest.substr(0, colon);
    place.port = colon == std::string::npos ? (place.tls ? "443" : "80") : rest.substr(colon + 1);
    return place;
}

std::string inflated(const std::string& body) {
    std::string text(body.size() * 16 + 1024, '\0');
    z_stream stream{};
    inflateInit2(&stream, 16 + MAX_WBITS);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream.avail_in = static_cast<uInt>(body.size());
    std::size_t size = 0;
    int outcome = Z_OK;
    while (outcome == Z_OK) {
        if (size == text.size())
            text.resize(2 * text.size());
        stream.next_out = reinterpret_cast<Bytef*>(text.data() + size);
        stream.avail_out = static_cast<uInt>(text.size() - size);
        outcome = inflate(&stream, Z_NO_FLUSH);
        size = text.size() - stream.avail_out;
    }
    inflateEnd(&stream);
    text.resize(size);
    return text;
}

/// The text of a member further on, or nothing.
std::optional<std::string> after(const std::string& body, std::size_t from, const char* opening) {
    const std::size_t at = body.find(opening, from);
    if (at == std::string::npos)
        return std::nullopt;
    const std::size_t begin = at + std::string(opening).size();
    return body.substr(begin, body.find('"', begin) - begin);
}

struct Next {
    std::string path;
    std::string continuation;
};

std::optional<Next> next_of(const std::string& body) {
    const std::size_t at = body.rfind("\"next\":");
    if (at == std::string::npos)
        return std::nullopt;
    Next next;
    next.path = after(body, at, "\"uri\":\"").value_or("");
    if (!next.path.starts_with("/v1"))
        next.path = "/v1" + next.path;
    next.continuation = after(body, at, "\"value\":\"").value_or("");
    return next;
}

struct Figures {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> records{0};
    std::atomic<std::chrono::nanoseconds::rep> parsing{0};
};

/// One connection and what it downloads.
template <typename Stream> class Client {
  public:
    Client(Stream stream, const Options& options, Figures& figures)
        : stream_(std::move(stream)), options_(options), figures_(figures) {
        buffer_.reserve(1 << 16);
    }

    void listing(const std::string& path) {
        std::optional<Next> next = Next{path, {}};
        while (next) {
            const std::string body = page(*next);
            if (options_.parse)
                parse(path, body);
            next = next_of(body);
        }
    }

  private:
    std::string page(const Next& place) {
        http::request<http::empty_body> request(http::verb::get, place.path, 11);
        request.set(http::field::host, place_of(options_.url).host);
        request.set(http::field::authorization, "Bearer " + options_.token);
        request.set(http::field::accept, "application/json");
        request.set(http::field::accept_encoding, "gzip");
        if (!place.continuation.empty())
            request.set("MS-ContinuationToken", place.continuation);
        http::write(stream_, request);
        http::response_parser<http::string_body> parser;
        parser.body_limit(64 << 20);
        http::read(stream_, buffer_, parser);
        const auto& answer = parser.get();
        if (answer.result() != http::status::ok)
            throw std::runtime_error(fmt::format("{}: {}", place.path, answer.result_int()));
        std::string body = answer[http::field::content_encoding] == "gzip" ? inflated(answer.body())
                                                                           : answer.body();
        ++figures_.requests;
        figures_.bytes += body.size();
        return body;
    }

    void parse(const std::string& path, const std::string& body) {
        const pcmirror::Parsed parsed = parser_.parse(path, body);
        figures_.records += parsed.records;
        figures_.parsing += parsed.cpu.count();
    }

    Stream stream_;
    const Options& options_;
    Figures& figures_;
    beast::flat_buffer buffer_;
    pcmirror::UserPageParser parser_;
};

void download(
    const Options& options,
    const std::vector<std::string>& paths,
    std::atomic<std::size_t>& next,
    Figures& figures
) {
    asio::io_context loop;
    const Place place = place_of(options.url);
    asio::ip::tcp::resolver resolver(loop);
    beast::tcp_stream tcp(loop);
    tcp.connect(resolver.resolve(place.host, place.port));
    tcp.socket().set_option(asio::ip::tcp::no_delay(true));
    const auto work = [&](auto client) {
        for (std::size_t at = next++; at < paths.size(); at = next++)
            client.listing(paths[at]);
    };
    if (!place.tls) {
        work(Client<beast::tcp_stream>(std::move(tcp), options, figures));
        return;
    }
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.set_verify_mode(asio::ssl::verify_peer);
    if (!options.ca.empty())
        tls.load_verify_file(options.ca);
    beast::ssl_stream<beast::tcp_stream> secure(std::move(tcp), tls);
    secure.handshake(asio::ssl::stream_base::client);
    work(Client<beast::ssl_stream<beast::tcp_stream>>(std::move(secure), options, figures));
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int run(const Options& options) {
    std::vector<std::string> paths;
    std::ifstream file(options.paths);
    for (std::string line; std::getline(file, line);)
        paths.push_back(line);
    Figures figures;
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (unsigned at = 0; at < options.connections; ++at)
        threads.emplace_back([&] {
            try {
                download(options, paths, next, figures);
            } catch (const std::exception& error) {
                std::cerr << "pcmirror-download: " << error.what() << '\n';
                failed = true;
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    fmt::print(
        "{{\"requests\": {}, \"bytes\": {}, \"seconds\": {:.3f}, \"cpu\": {:.3f}, \"records\": {}, "
        "\"parsing\": {:.3f}}}\n",
        figures.requests.load(),
        figures.bytes.load(),
        took.count(),
        cpu_seconds(),
        figures.records.load(),
        static_cast<double>(figures.parsing.load()) / 1e9
    );
    return failed ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("downloads listings and throws them away");
    Options options;
    app.add_option("--url", options.url)->required();
    app.add_option("--token", options.token)->required();
    app.add_option("--paths", options.paths)->required();
    app.add_option("--ca", options.ca);
    app.add_option("--connections", options.connections);
    app.add_flag("--parse", options.parse);
    CLI11_PARSE(app, argc, argv);
    try {
        return run(options);
    } catch (const std::exception& error) {
        std::cerr << "pcmirror-download: " << error.what() << '\n';
        return 1;
    }
}
