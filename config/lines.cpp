#include "config/lines.hpp"

#include <algorithm>

namespace pcmirror {

Lines::Lines(std::string_view text) : text_(text) {
    for (std::size_t offset = 0; offset < text.size(); ++offset)
        if (text[offset] == '\n')
            starts_.push_back(offset + 1);
}

std::size_t Lines::start(int line) const {
    const auto index = static_cast<std::size_t>(std::max(line, 1)) - 1;
    return index < starts_.size() ? starts_[index] : text_.size();
}

std::size_t Lines::offset(Position at) const {
    std::size_t offset = start(at.line);
    for (int column = 1; column < at.column && offset < text_.size(); ++column) {
        ++offset;
        while (offset < text_.size() && continues_character(text_[offset]))
            ++offset;
    }
    return offset;
}

Position Lines::position(std::size_t offset) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const std::string_view before = text_.substr(*(next - 1), offset - *(next - 1));
    const auto characters = std::count_if(before.begin(), before.end(), [](char byte) {
        return !continues_character(byte);
    });
    return {static_cast<int>(next - starts_.begin()), static_cast<int>(characters) + 1};
}

Position Lines::position(int line, int column_bytes) const {
    const std::size_t offset =
        start(line + 1) + static_cast<std::size_t>(std::max(column_bytes, 0));
    // The library may stand behind the end of the text.
    return offset <= text_.size() ? position(offset) : Position{line + 1, column_bytes + 1};
}

} // namespace pcmirror
