#pragma once

#include "daemon/csv.hpp"
#include "schema/error.hpp"
#include "sync/records/canonical.hpp"
#include "sync/records/normal.hpp"
#include "sync/records/page.hpp"
#include "sync/records/utf8.hpp"
#include "tests/unit/records_rows.hpp"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

/// What every input is put through: by libFuzzer with inputs of its own making, and by the unit
/// tests with the corpus. A broken promise aborts.
namespace pcmirror::fuzz {

inline void promise(bool kept, const char* what) {
    if (kept)
        return;
    std::fprintf(stderr, "broken promise: %s\n", what);
    std::abort();
}

inline bool lies_in(std::string_view part, std::string_view whole) {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

inline bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

inline std::optional<Page> scanned(std::string_view body, Envelope envelope) {
    try {
        return scan_page(body, envelope);
    } catch (const Error& error) {
        promise(error.recovery() == Recovery::retry_later, "a bad page is asked for again");
        return std::nullopt;
    }
}

inline void check_rejection(const Rejection& rejection, std::string_view record) {
    promise(!rejection.reason.empty(), "a rejection has a reason");
    promise(rejection.record == record, "a rejection keeps the record");
    promise(JsonTree().parse("\"\"").empty(), "a tree is reusable");
    for (const std::string& key : rejection.key)
        promise(!key.empty() && key.size() <= 512, "a key is neither empty nor endless");
}

// What was written once is written the same way when it is read again.
inline void check_spelling(const std::string& json) {
    JsonTree tree;
    promise(tree.parse(json).empty(), "what is written as JSON can be read");
    std::string again;
    CanonicalText(tree).write(tree.root(), false, again);
    promise(again == json, "canonical text stays as it is");
}

inline void check_rows(const Decoder& decoder) {
    promise(!decoder.rows().empty(), "a decoded record makes a row");
    for (const DecodedRow& row : decoder.rows()) {
        const Table& table = testing::things.tables[row.table];
        const testing::Fields fields = testing::fields_of(row.bytes);
        promise(fields.size() == table.columns.size() + 1, "a row has all its fields");
        for (std::size_t c = 0; c < table.columns.size(); ++c) {
            const Column& column = table.columns[c];
            promise(fields[c] || column.role != Role::key, "a key is never NULL");
            promise(
                !fields[c] || fields[c]->find('\0') == std::string::npos, "no U+0000 is stored"
            );
            if (fields[c] && column.type == Type::jsonb && !column.normal.sorted)
                check_spelling(*fields[c]);
        }
        if (fields.back())
            check_spelling(*fields.back());
    }
}

inline void decode(Decoder& decoder, std::string_view record) {
    if (const auto rejection = decoder.decode(record, testing::surroundings()))
        check_rejection(*rejection, record);
    else
        check_rows(decoder);
}

/// A text: read as each kind of value and as link to a next page.
inline void text(std::string_view input) {
    if (const auto time = read_timestamp(input); time && !time->empty() && time->size() < 30) {
        std::string again = *time;
        const std::size_t blank = again.find(' ');
        again.replace(blank, 1, "T").replace(again.size() - 3, 3, "Z");
        promise(
            blank != 10 || again.starts_with("0001-01-01") || read_timestamp(again) == time, "time"
        );
    }
    if (const auto day = read_date(input); day && !day->empty())
        promise(read_date(*day) == day, "a day reads as itself");
    if (const auto number = read_numeric(input))
        promise(read_numeric(*number) == number, "a number reads as itself");
    if (const auto number = read_integer(input, 64))
        promise(read_numeric(*number) == number, "an integer is a number");
    const std::string name = read_enumeration(input, testing::colours);
    promise(read_enumeration(name, testing::colours) == name, "a spelling reads as itself");
    promise(fold_guid(fold_guid(input)) == fold_guid(input), "a GUID folds once");
    try {
        const std::string url = resolve_link("https://api.example", input);
        promise(same_name(url.substr(0, 22), "https://api.example/v1"), "no link leaves the API");
    } catch (const Error& error) {
        promise(error.recovery() == Recovery::skip_scope, "a bad link skips its scope");
    }
}

/// A body of a listing: cut into records, each of them decoded.
inline void page(std::string_view input) {
    Decoder decoder(testing::things);
    for (const Envelope envelope : {Envelope::collection, Envelope::array, Envelope::object}) {
        const std::optional<Page> page = scanned(input, envelope);
        if (!page)
            continue;
        for (const std::string_view record : page->records) {
            promise(lies_in(record, input), "a record lies in its page");
            decode(decoder, record);
        }
        const std::size_t cut = input.size() * 7 / 8;
        promise(
            is_blank(input.substr(cut)) || !scanned(input.substr(0, cut), envelope),
            "a page that is cut off is not complete"
        );
        continuation_headers(*page);
        if (page->next)
            text(page->next->uri);
    }
}

/// One record: decoded, and decoded again.
inline void record(std::string_view input) {
    Decoder decoder(testing::things);
    decode(decoder, input);
    const std::vector<DecodedRow>& rows = decoder.rows();
    const std::string before = rows.empty() ? "" : rows.front().bytes;
    decode(decoder, input);
    promise(rows.empty() || rows.front().bytes == before, "decoding is repeatable");
}

inline std::vector<CsvRecord> csv_records(const std::string& text) {
    std::istringstream in(text);
    CsvReader reader(in);
    std::vector<CsvRecord> records;
    for (CsvRecord record; reader.next(record);)
        records.push_back(record);
    return records;
}

inline std::string quoted(std::string_view value) {
    std::string text = "\"";
    for (const char letter : value)
        text += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    return text + '"';
}

/// A record that is well formed, as it may have been written.
inline std::string written_again(const CsvRecord& record) {
    std::string line;
    for (const std::string& value : record.values) {
        promise(escape_invalid_utf8(value) == value, "a value is a text that can be stored");
        line += (line.empty() ? "" : ",") + quoted(value);
    }
    return line + "\r\n";
}

/// A file of comma-separated values: what is read once is read the same way when it is written.
inline void csv(std::string_view input) {
    std::string written;
    std::vector<std::vector<std::string>> good;
    std::uint64_t last_line = 0;
    for (const CsvRecord& record : csv_records(std::string(input))) {
        promise(record.line > last_line, "records come in the order of their lines");
        last_line = record.line;
        promise(!record.values.empty(), "a record has a value");
        if (!record.problem.empty())
            continue;
        written += written_again(record);
        good.push_back(record.values);
    }
    const std::vector<CsvRecord> again = csv_records(written);
    promise(again.size() == good.size(), "records that are written are read");
    for (std::size_t at = 0; at < good.size(); ++at)
        promise(again[at].problem.empty() && again[at].values == good[at], "values are the same");
}

} // namespace pcmirror::fuzz
