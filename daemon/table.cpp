#include "daemon/table.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

void append_cell(std::string& line, const std::string& cell, std::size_t width, bool right) {
    const std::string padding(width - shown_width(cell), ' ');
    line += right ? padding + cell : cell + padding;
    line += "  ";
}

} // namespace

std::size_t shown_width(std::string_view text) {
    return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_character));
}

std::string one_line(std::string_view text) {
    std::string line(text);
    for (char& letter : line)
        if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F)
            letter = ' ';
    return line;
}

void TextTable::add(std::vector<std::string> cells) {
    for (std::string& cell : cells)
        cell = one_line(cell);
    cells.resize(headings_.size());
    rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
    std::vector<std::size_t> widths;
    for (std::size_t at = 0; at < headings_.size(); ++at) {
        std::size_t width = shown_width(headings_[at].text);
        for (const auto& row : rows_)
            width = std::max(width, shown_width(row[at]));
        widths.push_back(width);
    }
    std::string all;
    const auto add_line = [&](auto cell_at) {
        std::string line;
        for (std::size_t at = 0; at < headings_.size(); ++at)
            append_cell(line, cell_at(at), widths[at], headings_[at].align == Align::right);
        line.erase(line.find_last_not_of(' ') + 1);
        all += line + '\n';
    };
    add_line([&](std::size_t at) { return headings_[at].text; });
    for (const auto& row : rows_)
        add_line([&](std::size_t at) { return row[at]; });
    return all;
}

} // namespace pcmirror
