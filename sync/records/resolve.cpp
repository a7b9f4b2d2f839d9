#include "schema/error.hpp"
#include "sync/records/json.hpp"
#include "sync/records/page.hpp"

#include <algorithm>
#include <charconv>

namespace pcmirror {
namespace {

using std::string_view;

// https://host:port/path in pieces; `path` begins with '/' or is empty, and includes the query.
struct Url {
    string_view scheme;
    string_view host;
    int port = 0;
    string_view path;
};

std::optional<int> read_port(string_view digits, string_view scheme) {
    if (digits.empty())
        return same_name(scheme, "https") ? 443 : same_name(scheme, "http") ? 80 : 0;
    int port = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || port < 0)
        return std::nullopt;
    return port;
}

std::optional<Url> read_url(string_view text) {
    Url url;
    const std::size_t colon = text.find("://");
    if (colon == string_view::npos)
        return std::nullopt;
    url.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 3);
    string_view authority = text.substr(0, text.find_first_of("/?#"));
    url.path = text.substr(authority.size());
    if (authority.empty() || authority.find('@') != string_view::npos)
        return std::nullopt;

    const std::size_t bracket = authority.rfind(']');
    const std::size_t port = authority.find(':', bracket == string_view::npos ? 0 : bracket);
    url.host = authority.substr(0, port);
    authority.remove_prefix(std::min(authority.size(), url.host.size() + 1));
    const std::optional<int> number = read_port(authority, url.scheme);
    if (!number)
        return std::nullopt;
    url.port = *number;
    return url;
}

bool same_origin(const Url& a, const Url& b) {
    return same_name(a.scheme, b.scheme) && same_name(a.host, b.host) && a.port == b.port;
}

// "/v1" as a whole first segment.
bool has_version(string_view path) {
    return same_name(path.substr(0, 3), "/v1") &&
           (path.size() == 3 || path[3] == '/' || path[3] == '?');
}

// "/v1//v1/customers" and "/v1/v1/customers" -> "/v1/customers".
string_view without_doubled_version(string_view path) {
    while (has_version(path)) {
        string_view rest = path.substr(3);
        while (rest.starts_with("//"))
            rest.remove_prefix(1);
        if (!has_version(rest))
            break;
        path = rest;
    }
    return path;
}

// Nothing that a URL parser elsewhere could read in another way than this one.
bool is_plain(string_view uri) {
    return std::ranges::none_of(uri, [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == '\\' || c == '#';
    });
}

Error refused(string_view base, string_view uri, const std::string& why) {
    std::string shown;
    for (const char c : uri.substr(0, 200))
        shown += c >= ' ' && c <= '~' ? c : '?';
    return {
        Recovery::skip_scope,
        "the link to the next page " + why + ": \"" + shown + "\"",
        "links are followed only to " + std::string(base)};
}

// The path of an absolute URI that stays with `base`.
string_view path_of(string_view base, string_view uri) {
    const std::optional<Url> ours = read_url(base);
    const std::optional<Url> theirs = read_url(uri);
    if (!ours || !theirs || !same_origin(*ours, *theirs))
        throw refused(base, uri, "leads to a foreign host");
    string_view path = theirs->path;
    const bool inside =
        path.starts_with(ours->path) && path.substr(ours->path.size()).starts_with('/');
    return inside ? path.substr(ours->path.size()) : path;
}

} // namespace

std::string resolve_link(std::string_view base, std::string_view uri) {
    if (!is_plain(uri))
        throw refused(base, uri, "contains what no link may contain");
    if (uri.starts_with("//"))
        throw refused(base, uri, "leads to a foreign host");
    const string_view first_segment = uri.substr(0, uri.find_first_of("/?"));
    string_view path = uri;
    if (first_segment.find(':') != string_view::npos)
        path = path_of(base, uri);
    if (path.empty() || path.starts_with('?'))
        throw refused(base, uri, "has no path");

    const std::string slash = path.starts_with('/') ? "" : "/";
    const std::string rooted = slash + std::string(path);
    const string_view cut = without_doubled_version(rooted);
    std::string url(base);
    if (!has_version(cut))
        url += "/v1";
    return url.append(cut);
}

} // namespace pcmirror
