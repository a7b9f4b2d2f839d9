#include "daemon/csv.hpp"

#include "sync/records/utf8.hpp"

#include <algorithm>
#include <streambuf>
#include <string_view>
#include <utility>

namespace pcmirror {
namespace {

using Traits = std::char_traits<char>;

constexpr int end_of_file = Traits::eof();

// A quote that nobody closes would swallow the rest of the file, and the memory with it.
constexpr std::size_t longest_record = std::size_t{1} << 20;

bool ends_line(int letter) {
    return letter == '\n' || letter == '\r';
}

bool ends_value(int letter) {
    return letter == ',' || letter == end_of_file || ends_line(letter);
}

bool is_utf8(const std::string& text) {
    const auto is_plain = [](char letter) { return static_cast<unsigned char>(letter) < 0x80; };
    return std::ranges::all_of(text, is_plain) || escape_invalid_utf8(text) == text;
}

void note(CsvRecord& record, const char* problem) {
    if (record.problem.empty())
        record.problem = problem;
}

} // namespace

/// Of the byte order, at the beginning.
void CsvReader::pass_mark() {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    std::size_t matched = 0;
    while (matched < mark.size() && peek() == Traits::to_int_type(mark[matched])) {
        get();
        ++matched;
    }
    broken_mark_ = matched > 0 && matched < mark.size();
}

bool CsvReader::next(CsvRecord& record) {
    if (!std::exchange(begun_, true))
        pass_mark();
    while (!ended_ && ends_line(peek()))
        end_line(get());
    if (ended_ || peek() == end_of_file)
        return false;
    read_record(record);
    return true;
}

void CsvReader::read_record(CsvRecord& record) {
    record.line = line_;
    record.problem.clear();
    size_ = 0;
    std::size_t count = 0;
    for (bool more = true; more;) {
        if (count == record.values.size())
            record.values.emplace_back();
        std::string& value = record.values[count++];
        value.clear();
        more = read_value(record, value);
        if (value.find('\0') != std::string::npos)
            note(record, "it has a NUL byte; save the file as \"CSV UTF-8\"");
        if (broken_mark_ || !is_utf8(value))
            note(record, "it is not UTF-8; save the file as \"CSV UTF-8\"");
    }
    record.values.resize(count);
    broken_mark_ = false;
}

bool CsvReader::read_value(CsvRecord& record, std::string& value) {
    int letter = get();
    if (letter == '"') {
        letter = read_quoted(record, value);
        if (!ends_value(letter))
            note(record, "something stands behind a closing quote; a quote in it is doubled");
    }
    while (!ends_value(letter) && size_ <= longest_record) {
        if (letter == '"')
            note(record, "a value with a quote in it must be in quotes, and the quote doubled");
        value += Traits::to_char_type(letter);
        letter = get();
    }
    if (ends_line(letter))
        end_line(letter);
    if (size_ > longest_record && !ended_) {
        note(record, "it is longer than 1 MB");
        ended_ = true;
    }
    return letter == ',' && !ended_;
}

/// Returns what comes behind the closing quote.
int CsvReader::read_quoted(CsvRecord& record, std::string& value) {
    for (int letter = get(); letter != end_of_file && size_ <= longest_record; letter = get()) {
        if (letter == '"' && peek() != '"')
            return get();
        if (letter == '"')
            get();
        value += Traits::to_char_type(letter);
        if (letter == '\n' || (letter == '\r' && peek() != '\n'))
            ++line_;
    }
    note(record, "a quote is not closed; what follows can't be read");
    ended_ = true;
    return end_of_file;
}

int CsvReader::get() {
    ++size_;
    return in_.rdbuf()->sbumpc();
}

int CsvReader::peek() {
    return in_.rdbuf()->sgetc();
}

void CsvReader::end_line(int letter) {
    if (letter == '\r' && peek() == '\n')
        get();
    ++line_;
}

} // namespace pcmirror
