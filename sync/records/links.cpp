#include "sync/records/links.hpp"

#include "schema/error.hpp"
#include "sync/records/json.hpp"

#include <algorithm>
#include <array>

namespace pcmirror {
namespace {

using Kind = JsonTree::Kind;

Error bad_page(const std::string& problem) {
    return {Recovery::retry_later, "the answer's " + problem};
}

bool is_absent(const JsonTree::Node* node) {
    return node == nullptr || node->kind == Kind::null;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool is_token_byte(char c) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
}

void check_value(std::string_view value, const std::string& name) {
    if (std::ranges::any_of(value, is_control))
        throw bad_page(name + " contains a control character");
}

std::string text_of(const JsonTree::Node* node, const std::string& name) {
    if (is_absent(node))
        throw bad_page(name + " is missing");
    if (node->kind != Kind::string)
        throw bad_page(name + " is no text");
    return std::string(node->text);
}

std::pair<std::string, std::string>
read_header(const JsonTree& tree, const JsonTree::Node& element) {
    std::string key = text_of(tree.member(element, "key"), "links.next.headers.key");
    if (key.empty() || !std::ranges::all_of(key, is_token_byte))
        throw bad_page("links.next.headers.key is no header name");
    std::string value = text_of(tree.member(element, "value"), "links.next.headers.value");
    check_value(value, "links.next.headers.value");
    return {std::move(key), std::move(value)};
}

JsonTree parsed(std::string_view raw, const std::string& name) {
    JsonTree tree;
    if (const std::string problem = tree.parse(raw); !problem.empty())
        throw bad_page(name + " can't be read: " + problem);
    return tree;
}

} // namespace

std::optional<NextLink> read_next_link(std::string_view raw_links) {
    if (raw_links.empty())
        return std::nullopt;
    const JsonTree tree = parsed(raw_links, "links");
    if (is_absent(&tree.root()))
        return std::nullopt;
    if (tree.root().kind != Kind::object)
        throw bad_page("links are no object");
    const JsonTree::Node* next = tree.member(tree.root(), "next");
    if (is_absent(next))
        return std::nullopt;
    if (next->kind != Kind::object)
        throw bad_page("links.next is no object");

    NextLink link{text_of(tree.member(*next, "uri"), "links.next.uri"), {}};
    if (link.uri.empty())
        throw bad_page("links.next.uri is empty");
    const JsonTree::Node* headers = tree.member(*next, "headers");
    if (is_absent(headers))
        return link;
    if (headers->kind != Kind::array)
        throw bad_page("links.next.headers are no array");
    for (std::uint32_t i = headers->first_child; i != 0; i = tree.at(i).next_sibling)
        link.headers.push_back(read_header(tree, tree.at(i)));
    return link;
}

std::string read_token(std::string_view raw_token) {
    if (raw_token.empty())
        return {};
    const JsonTree tree = parsed(raw_token, "continuationToken");
    if (is_absent(&tree.root()))
        return {};
    std::string token = text_of(&tree.root(), "continuationToken");
    check_value(token, "continuationToken");
    return token;
}

std::vector<std::pair<std::string, std::string>> continuation_headers(const Page& page) {
    if (!page.next)
        return {};
    constexpr std::string_view token_header = "MS-ContinuationToken";
    // What belongs to the connection or to our sign-in is never taken from an answer.
    constexpr std::array<std::string_view, 6> ours = {
        "authorization", "connection", "content-length", "expect", "host", "transfer-encoding"};
    bool has_token = false;
    std::vector<std::pair<std::string, std::string>> headers;
    for (const auto& header : page.next->headers) {
        const auto same = [&](std::string_view name) { return same_name(name, header.first); };
        has_token = has_token || same(token_header);
        if (std::ranges::none_of(ours, same))
            headers.push_back(header);
    }
    if (!has_token && !page.continuation_token.empty())
        headers.emplace_back(token_header, page.continuation_token);
    return headers;
}

} // namespace pcmirror
