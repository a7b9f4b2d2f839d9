#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pcmirror {

/// `<`, `>`, `&` and quotes as entities, so that text stays text inside and outside of attributes;
/// control characters that HTML has no place for become U+FFFD, what is no UTF-8 '?'.
std::string html_escaped(std::string_view text);

/// Writes HTML in which every element is closed and every text escaped.
class Html {
  public:
    using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// Opens an element.
    Html& begin(std::string_view element, Attributes attributes = {});
    Html& end();

    /// An element that has no end, as `meta`.
    Html& lone(std::string_view element, Attributes attributes = {});

    Html& text(std::string_view text);

    /// A whole element with a text.
    Html& element(std::string_view name, std::string_view text, Attributes attributes = {});

    /// Markup of the program's own.
    Html& markup(std::string_view markup);

    /// Closes what is open. Once.
    [[nodiscard]] std::string document() &&;

  private:
    void tag(std::string_view element, Attributes attributes);

    std::string html_;
    std::vector<std::string> open_;
};

} // namespace pcmirror
