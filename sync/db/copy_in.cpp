#include "sync/db/copy_in.hpp"

#include "schema/sql_text.hpp"

#include <algorithm>
#include <array>

namespace pcmirror {
namespace {

// Each version has a way to send a finished line; none is open to its users, who are meant to know
// their columns when they compile, or (7) pay for a copy of each field.
using WriteLine =
#if PQXX_VERSION_MAJOR >= 7
    void (pqxx::stream_to::*)(std::string_view);
#else
    void (pqxx::stream_to::*)(const std::string&);
#endif

WriteLine line_writer();

template <WriteLine writer> struct Opened {
    friend WriteLine line_writer() { return writer; }
};

template struct Opened<&pqxx::stream_to::write_raw_line>;

pqxx::stream_to open_stream(
    pqxx::transaction_base& transaction,
    std::string_view schema,
    std::string_view table,
    const std::vector<std::string>& columns
) {
    const std::string path = std::string(schema) + '.' + std::string(table);
#if PQXX_VERSION_MAJOR >= 7
    return pqxx::stream_to::raw_table(transaction, path, sql::listed(columns));
#else
    return pqxx::stream_to(transaction, path, columns);
#endif
}

/// The letter that stands for a byte behind a backslash; NUL: the byte stands for itself.
constexpr std::array<char, 256> escapes = [] {
    std::array<char, 256> letters{};
    letters['\\'] = '\\';
    letters['\b'] = 'b';
    letters['\f'] = 'f';
    letters['\n'] = 'n';
    letters['\r'] = 'r';
    letters['\t'] = 't';
    letters['\v'] = 'v';
    return letters;
}();

void append_escaped(std::string& line, std::string_view value) {
    const auto escape_of = [](char letter) { return escapes[static_cast<unsigned char>(letter)]; };
    while (!value.empty()) {
        const auto special = std::ranges::find_if(value, escape_of);
        const auto plain = static_cast<std::size_t>(special - value.begin());
        line.append(value.substr(0, plain));
        value.remove_prefix(plain);
        if (value.empty())
            break;
        line += '\\';
        line += escape_of(value.front());
        value.remove_prefix(1);
    }
}

} // namespace

CopyIn::CopyIn(
    pqxx::transaction_base& transaction,
    std::string_view schema,
    std::string_view table,
    const std::vector<std::string>& columns
)
    : stream_(open_stream(transaction, schema, table, columns)) {}

void CopyIn::add(std::optional<std::string_view> value) {
    if (!first_)
        line_ += '\t';
    first_ = false;
    if (value)
        append_escaped(line_, *value);
    else
        line_ += "\\N";
}

void CopyIn::end_row() {
    (stream_.*line_writer())(line_);
    line_.clear();
    first_ = true;
}

void CopyIn::complete() {
    stream_.complete();
}

} // namespace pcmirror
