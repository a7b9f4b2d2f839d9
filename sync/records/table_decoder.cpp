#include "sync/records/table_decoder.hpp"

#include "schema/error.hpp"
#include "sync/records/scan.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

// PostgreSQL's B-tree takes keys up to a third of a page; real identifiers stay far below this.
constexpr std::size_t max_key_size = 512;

// "/companyProfile/domain" -> "companyProfile.domain"; a column that is not read from the record
// goes by its own name.
std::string member_name(const Column& column) {
    if (column.source.kind != Source::Kind::item)
        return std::string(column.name);
    std::string name(column.source.path.substr(1));
    std::ranges::replace(name, '/', '.');
    return name;
}

} // namespace

TableDecoder::TableDecoder(const Table& table, std::span<const std::string_view> nested)
    : table_(&table), plan_(table.columns, nested), fields_(table.columns.size()) {}

void TableDecoder::bind(const JsonTree& tree, std::uint32_t node, std::vector<Mark>& marks) {
    plan_.bind(tree, node, found_, marks);
}

std::string TableDecoder::read_key(
    const JsonTree& tree, const Surroundings& around, const TableDecoder* parent
) {
    for (std::size_t c = 0; c < fields_.size(); ++c) {
        if (table_->columns[c].role != Role::key)
            continue;
        std::string problem = read(c, tree, around, parent);
        if (problem.empty())
            problem = key_problem(c);
        // A record that is no object has no key either, and is told by what it is.
        if (!problem.empty())
            return found_.problem.empty() ? problem : found_.problem;
    }
    return {};
}

bool TableDecoder::rescue_key(std::string_view record, const Surroundings& around) {
    for (std::size_t c = 0; c < fields_.size(); ++c) {
        if (table_->columns[c].role != Role::key)
            continue;
        if (table_->columns[c].source.kind == Source::Kind::item)
            rescue(c, record);
        else
            read_around(c, around, nullptr);
        if (!key_problem(c).empty())
            return false;
    }
    return true;
}

std::string TableDecoder::read_others(
    const JsonTree& tree, const Surroundings& around, const TableDecoder* parent
) {
    if (!found_.problem.empty())
        return found_.problem;
    for (std::size_t c = 0; c < fields_.size(); ++c) {
        if (table_->columns[c].role == Role::key)
            continue;
        std::string problem = read(c, tree, around, parent);
        if (!problem.empty())
            return problem;
    }
    return {};
}

std::string TableDecoder::read(
    std::size_t c, const JsonTree& tree, const Surroundings& around, const TableDecoder* parent
) {
    const Column& column = table_->columns[c];
    if (column.source.kind != Source::Kind::item) {
        read_around(c, around, parent);
        return {};
    }
    Field& field = fields_[c];
    field.reading = Reading::null;
    if (found_.columns[c] == Plan::absent)
        return {};
    const JsonTree::Node& node = tree.at(found_.columns[c]);
    field.reading = read_value(column, tree, node, field.text);
    return field.reading == Reading::wrong ? member_name(column) + ": " + complaint(column, node)
                                           : std::string();
}

void TableDecoder::read_around(
    std::size_t c, const Surroundings& around, const TableDecoder* parent
) {
    const Column& column = table_->columns[c];
    Field& field = fields_[c];
    if (column.source.kind == Source::Kind::scope) {
        if (around.customer_id.empty())
            throw Error(Recovery::bug, "a column takes its scope's customer, and there is none");
        field = {Reading::value, around.customer_id};
        return;
    }
    if (const Field* outer = parent != nullptr ? parent->field(column.source.path) : nullptr) {
        field = *outer;
        return;
    }
    const auto known = std::ranges::find(
        around.outer,
        column.source.path,
        [](const auto& named) -> std::string_view { return named.first; }
    );
    if (known == around.outer.end())
        throw Error(
            Recovery::bug, "no row around the record has a " + std::string(column.source.path)
        );
    field = {Reading::value, known->second};
}

void TableDecoder::rescue(std::size_t c, std::string_view record) {
    const Column& column = table_->columns[c];
    Field& field = fields_[c];
    field.reading = Reading::wrong;
    auto raw = raw_member(record, column.source.path);
    if (!raw && !column.source.or_path.empty())
        raw = raw_member(record, column.source.or_path);
    JsonTree tree;
    if (raw && tree.parse(*raw).empty())
        field.reading = read_value(column, tree, tree.root(), field.text);
}

std::string TableDecoder::key_problem(std::size_t c) const {
    const Field& field = fields_[c];
    const bool fits = !field.text.empty() && field.text.size() <= max_key_size;
    if (field.reading == Reading::value && fits)
        return {};
    const std::string name = member_name(table_->columns[c]);
    if (field.reading == Reading::wrong)
        return name + ": can't be read";
    if (field.reading == Reading::null)
        return name + ": is missing";
    if (field.text.empty())
        return name + ": is empty";
    return name + ": is longer than " + std::to_string(max_key_size) + " bytes";
}

const TableDecoder::Field* TableDecoder::field(std::string_view column) const {
    for (std::size_t c = 0; c < fields_.size(); ++c)
        if (table_->columns[c].name == column)
            return &fields_[c];
    return nullptr;
}

std::vector<std::string> TableDecoder::key() const {
    std::vector<std::string> texts;
    for (std::size_t c = 0; c < fields_.size(); ++c)
        if (table_->columns[c].role == Role::key)
            texts.push_back(fields_[c].text);
    return texts;
}

void TableDecoder::write(
    const JsonTree& tree,
    std::uint32_t node,
    const std::vector<Mark>& marks,
    RowWriter& row,
    std::string& scratch
) const {
    row.clear();
    for (const Field& field : fields_) {
        if (field.reading == Reading::value)
            row.value(field.text);
        else
            row.null();
    }
    scratch.clear();
    if (found_.has_rest)
        CanonicalText(tree).write_rest(tree.at(node), marks, scratch);
    if (scratch.empty() || scratch == "{}")
        row.null();
    else
        row.value(scratch);
}

} // namespace pcmirror
