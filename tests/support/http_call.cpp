#include "tests/support/simulator.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cctype>
#include <sstream>
#include <stdexcept>

namespace pcmirror::testing {
namespace {

namespace asio = boost::asio;

struct Address {
    std::string host;
    std::string port;
    std::string target;
};

Address split(const std::string& url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme))
        throw std::runtime_error("only plain http is spoken here: " + url);
    const std::size_t slash = std::min(url.find('/', scheme.size()), url.size());
    const std::string place = url.substr(scheme.size(), slash - scheme.size());
    const std::size_t colon = std::min(place.rfind(':'), place.size());
    return {
        place.substr(0, colon),
        colon == place.size() ? "80" : place.substr(colon + 1),
        slash == url.size() ? "/" : url.substr(slash)};
}

std::string unchunked(std::istream& stream) {
    std::string body;
    std::string line;
    while (std::getline(stream, line)) {
        const std::size_t size = std::stoul(line, nullptr, 16);
        if (size == 0)
            break;
        std::string piece(size, '\0');
        stream.read(piece.data(), static_cast<std::streamsize>(size));
        body += piece;
        std::getline(stream, line);
    }
    return body;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    return text;
}

// Some servers write no space after the colon.
std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(' ');
    const std::size_t last = text.find_last_not_of(" \r");
    if (first == std::string::npos || last == std::string::npos)
        return "";
    return text.substr(first, last - first + 1);
}

// Up to the empty line.
std::map<std::string, std::string> read_headers(std::istream& stream) {
    std::map<std::string, std::string> headers;
    for (std::string line; std::getline(stream, line) && line != "\r";) {
        const std::size_t colon = line.find(':');
        if (colon != std::string::npos)
            headers[lower(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
    }
    return headers;
}

} // namespace

HttpAnswer http_call(
    const std::string& method,
    const std::string& url,
    const std::string& body,
    const HttpHeaders& headers
) {
    const Address address = split(url);
    asio::ip::tcp::iostream stream;
    stream.expires_after(std::chrono::seconds(60));
    stream.connect(address.host, address.port);
    stream << method << ' ' << address.target << " HTTP/1.1\r\nHost: " << address.host << ':'
           << address.port << "\r\nConnection: close\r\nContent-Type: application/json\r\n"
           << "Content-Length: " << body.size() << "\r\n";
    for (const auto& [name, value] : headers)
        stream << name << ": " << value << "\r\n";
    stream << "\r\n" << body << std::flush;
    std::string version;
    HttpAnswer answer;
    std::string reason;
    if (!(stream >> version >> answer.status) || !std::getline(stream, reason))
        throw std::runtime_error("no answer from " + url + ": " + stream.error().message());
    answer.headers = read_headers(stream);
    const auto length = answer.headers.find("content-length");
    if (answer.headers["transfer-encoding"] == "chunked") {
        answer.body = unchunked(stream);
    } else if (length != answer.headers.end() && method != "HEAD") {
        // Some servers leave the connection open all the same.
        answer.body.resize(std::stoul(length->second));
        stream.read(answer.body.data(), static_cast<std::streamsize>(answer.body.size()));
    } else {
        std::ostringstream rest;
        rest << stream.rdbuf();
        answer.body = rest.str();
    }
    return answer;
}

} // namespace pcmirror::testing
