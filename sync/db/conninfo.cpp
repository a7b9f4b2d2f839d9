#include "sync/db/conninfo.hpp"

#include "schema/error.hpp"
#include "sync/db/pool.hpp"
#include "sync/http/url.hpp"

#include <cstdlib>
#include <libpq-fe.h>
#include <memory>

namespace pcmirror {
namespace {

constexpr const char* how_to_write =
    "write it as postgresql://user@host:5432/database or as host=... dbname=... user=...; in the "
    "first form / : @ % inside a password are written %2F %3A %40 %25";

bool is_secret(std::string_view keyword) {
    return keyword == "password" || keyword == "sslpassword";
}

bool looks_like_uri(std::string_view text) {
    return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

// libpq's message quotes the text around the mistake, which may be the password itself.
std::string before_quotation(std::string_view message) {
    const std::size_t quote = message.find('"');
    std::string words(message.substr(0, quote));
    while (!words.empty() && (words.back() == '\n' || words.back() == ' ' || words.back() == ':'))
        words.pop_back();
    return words;
}

std::string quoted_value(std::string_view value) {
    std::string text = "'";
    for (const char character : value) {
        if (character == '\'' || character == '\\')
            text += '\\';
        text += character;
    }
    return text + "'";
}

std::string plain_value(std::string_view value) {
    const bool plain = !value.empty() && value.find_first_of(" '\\\t\n") == std::string_view::npos;
    return plain ? std::string(value) : quoted_value(value);
}

/// `a,b` and `1,2` -> `a:1,b:2`
std::string zip_hosts(std::string_view hosts, std::string_view ports) {
    std::string text;
    while (true) {
        const std::size_t host_end = hosts.find(',');
        const std::size_t port_end = ports.find(',');
        text += http::percent_encoded(hosts.substr(0, host_end), ":[]");
        if (!ports.empty() && ports.front() != ',')
            text += ":" + std::string(ports.substr(0, port_end));
        if (host_end == std::string_view::npos)
            return text;
        text += ',';
        hosts.remove_prefix(host_end + 1);
        // One port serves all hosts.
        if (port_end != std::string_view::npos)
            ports.remove_prefix(port_end + 1);
    }
}

} // namespace

ConnectionString::ConnectionString(const Secret& text) : is_uri_(looks_like_uri(text.reveal())) {
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(text.reveal().c_str(), &message), &PQconninfoFree
    );
    const std::unique_ptr<char, decltype(&PQfreemem)> owned_message(message, &PQfreemem);
    if (!parsed)
        throw Error(
            Recovery::fix_config,
            "the database URL is no connection string: " +
                before_quotation(message == nullptr ? "out of memory" : message),
            how_to_write
        );
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option)
        if (option->val != nullptr)
            options_.emplace_back(option->keyword, option->val);
    // An unencoded slash cuts a password in two, and its pieces are taken for port and database.
    if (get("port").find_first_not_of("0123456789,") != std::string::npos)
        throw Error(
            Recovery::fix_config,
            "the database URL is no connection string: its port is no number",
            how_to_write
        );
}

bool ConnectionString::has(std::string_view keyword) const {
    for (const auto& [name, value] : options_)
        if (name == keyword)
            return true;
    return false;
}

std::string ConnectionString::get(std::string_view keyword) const {
    for (const auto& [name, value] : options_)
        if (name == keyword)
            return value;
    return {};
}

void ConnectionString::set_default(
    std::string_view keyword, std::string value, const char* environment
) {
    if (has(keyword) || (environment != nullptr && std::getenv(environment) != nullptr))
        return;
    options_.emplace_back(keyword, std::move(value));
}

std::string ConnectionString::text() const {
    std::string text;
    for (const auto& [name, value] : options_)
        text += (text.empty() ? "" : " ") + name + "=" + quoted_value(value);
    return text;
}

std::string ConnectionString::shown() const {
    if (is_uri_)
        return shown_uri();
    std::string text;
    for (const auto& [name, value] : options_)
        text +=
            (text.empty() ? "" : " ") + name + "=" + (is_secret(name) ? "***" : plain_value(value));
    return text;
}

std::string ConnectionString::shown_uri() const {
    std::string text = "postgresql://";
    if (has("user") || has("password"))
        text += http::percent_encoded(get("user")) + (has("password") ? ":***@" : "@");
    text += zip_hosts(get("host"), get("port")) + "/" + http::percent_encoded(get("dbname"));
    char separator = '?';
    for (const auto& [name, value] : options_) {
        if (name == "user" || name == "password" || name == "host" || name == "port" ||
            name == "dbname")
            continue;
        text +=
            separator + name + "=" + (is_secret(name) ? "***" : http::percent_encoded(value, "/:"));
        separator = '&';
    }
    return text;
}

std::string without_password(const Secret& url) {
    try {
        return ConnectionString(url).shown();
    } catch (const Error&) {
        return "(not a connection string)";
    }
}

} // namespace pcmirror
