#include "sync/records/decode.hpp"

#include "sync/records/table_decoder.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

constexpr std::uint32_t root = 0;

std::string element_name(std::string_view pointer, std::size_t index) {
    return std::string(pointer.substr(1)) + "[" + std::to_string(index) + "]";
}

} // namespace

Decoder::Decoder(const Resource& resource) : resource_(&resource) {
    std::vector<std::string_view> nested;
    for (const Table& table : resource.tables.subspan(1))
        nested.push_back(table.nested_in);
    tables_.reserve(resource.tables.size());
    for (const Table& table : resource.tables)
        tables_.emplace_back(
            table, &table == &resource.table() ? nested : std::vector<std::string_view>()
        );
}

Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

std::optional<Rejection> Decoder::decode(std::string_view record, const Surroundings& around) {
    rows_.resize(std::min<std::size_t>(rows_.size(), 1));
    bool key_is_read = false;
    std::string problem = tree_.parse(record);
    if (!problem.empty())
        key_is_read = tables_.front().rescue_key(record, around);
    else
        problem = decode_record(around, key_is_read);
    if (problem.empty())
        return std::nullopt;

    rows_.clear();
    return Rejection{
        std::move(problem),
        key_is_read ? tables_.front().key() : std::vector<std::string>(),
        std::string(record)};
}

std::string Decoder::decode_record(const Surroundings& around, bool& key_is_read) {
    marks_.assign(tree_.size(), Mark::rest);
    TableDecoder& first = tables_.front();
    first.bind(tree_, root, marks_);
    std::string problem = first.read_key(tree_, around, nullptr);
    if (!problem.empty())
        return problem;
    key_is_read = true;
    problem = first.read_others(tree_, around, nullptr);
    if (!problem.empty())
        return problem;
    if (rows_.empty())
        rows_.emplace_back();
    first.write(tree_, root, marks_, writer_, scratch_);
    rows_.front().bytes = writer_.bytes();
    for (std::size_t table = 1; table < tables_.size() && problem.empty(); ++table)
        problem = decode_nested(table, around);
    return problem;
}

std::string Decoder::decode_nested(std::size_t table, const Surroundings& around) {
    const std::uint32_t array = tables_.front().nested(table - 1);
    if (array == Plan::absent)
        return {};
    TableDecoder& decoder = tables_[table];
    std::size_t index = 0;
    for (std::uint32_t i = tree_.at(array).first_child; i != 0; i = tree_.at(i).next_sibling) {
        ++index;
        if (tree_.at(i).kind == JsonTree::Kind::null)
            continue;
        decoder.bind(tree_, i, marks_);
        std::string problem = decoder.read_key(tree_, around, &tables_.front());
        if (problem.empty())
            problem = decoder.read_others(tree_, around, &tables_.front());
        if (!problem.empty())
            return element_name(resource_->tables[table].nested_in, index - 1) + ": " + problem;
        decoder.write(tree_, i, marks_, writer_, scratch_);
        rows_.push_back({table, writer_.bytes()});
    }
    return {};
}

} // namespace pcmirror
