#include "sync/db/copy_in.hpp"

#include "schema/sql_text.hpp"

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

void append_escaped(std::string& line, std::string_view value) {
    for (const char letter : value) {
        switch (letter) {
        case '\\':
            line += "\\\\";
            break;
        case '\b':
            line += "\\b";
            break;
        case '\f':
            line += "\\f";
            break;
        case '\n':
            line += "\\n";
            break;
        case '\r':
            line += "\\r";
            break;
        case '\t':
            line += "\\t";
            break;
        case '\v':
            line += "\\v";
            break;
        default:
            line += letter;
        }
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
