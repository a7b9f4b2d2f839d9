#include "sync/poll/customer_filter.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <xxhash.h>

namespace pcmirror {
namespace {

bool same_letter(char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
}

/// `*` stands for any run of letters, none included.
bool matches(std::string_view pattern, std::string_view text) {
    std::size_t at = 0;
    std::size_t in_text = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (in_text < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            resume = in_text;
        } else if (at < pattern.size() && same_letter(pattern[at], text[in_text])) {
            ++at;
            ++in_text;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            in_text = ++resume;
        } else {
            return false;
        }
    }
    return std::ranges::all_of(pattern.substr(at), [](char letter) { return letter == '*'; });
}

} // namespace

bool admits(const CustomerFilter& filter, std::string_view customer_id, std::string_view domain) {
    const auto named = [&](const std::string& pattern) {
        return matches(pattern, customer_id) || matches(pattern, domain);
    };
    const bool included = filter.include.empty() || std::ranges::any_of(filter.include, named);
    return included && std::ranges::none_of(filter.exclude, named);
}

std::uint64_t fingerprint_of(const CustomerFilter& filter) {
    std::string text;
    for (const std::string& pattern : filter.include)
        text += "+" + pattern + "\n";
    for (const std::string& pattern : filter.exclude)
        text += "-" + pattern + "\n";
    return XXH3_64bits(text.data(), text.size());
}

} // namespace pcmirror
