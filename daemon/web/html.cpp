#include "daemon/web/html.hpp"

#include "sync/http/plain_text.hpp"

namespace pcmirror {
namespace {

std::string_view entity(char character) {
    switch (character) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return {};
    }
}

bool has_no_place(char character) {
    const auto code = static_cast<unsigned char>(character);
    return (code < 0x20 && character != '\n' && character != '\t' && character != '\r') ||
           code == 0x7F;
}

} // namespace

std::string html_escaped(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for (const char character : valid_utf8(text)) {
        const std::string_view instead = entity(character);
        if (!instead.empty())
            escaped += instead;
        else if (has_no_place(character))
            escaped += "\xEF\xBF\xBD";
        else
            escaped += character;
    }
    return escaped;
}

void Html::tag(std::string_view element, Attributes attributes) {
    html_.append("<").append(element);
    for (const auto& [name, value] : attributes)
        html_.append(" ").append(name).append("=\"").append(html_escaped(value)).append("\"");
    html_ += '>';
}

Html& Html::begin(std::string_view element, Attributes attributes) {
    tag(element, attributes);
    open_.emplace_back(element);
    return *this;
}

Html& Html::end() {
    html_.append("</").append(open_.back()).append(">");
    open_.pop_back();
    return *this;
}

Html& Html::lone(std::string_view element, Attributes attributes) {
    tag(element, attributes);
    return *this;
}

Html& Html::text(std::string_view text) {
    html_ += html_escaped(text);
    return *this;
}

Html& Html::element(std::string_view name, std::string_view text, Attributes attributes) {
    return begin(name, attributes).text(text).end();
}

Html& Html::markup(std::string_view markup) {
    html_ += markup;
    return *this;
}

std::string Html::document() && {
    while (!open_.empty())
        end();
    return std::move(html_);
}

} // namespace pcmirror
