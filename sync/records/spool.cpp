#include "sync/records/spool.hpp"

#include "sync/records/spool_file.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace pcmirror {
namespace {

// Once rows go to the file, this much is collected before each write.
constexpr std::size_t write_size = 256 << 10;

struct Header {
    std::uint32_t table = 0;
    std::uint32_t size = 0;
};

/// Calls back for the rows of a table; returns how many bytes all whole rows take.
std::size_t visit(
    std::string_view bytes,
    std::size_t table,
    const std::function<void(std::string_view row_bytes)>& row
) {
    std::string_view rest = bytes;
    Header header;
    while (rest.size() >= sizeof header) {
        std::memcpy(&header, rest.data(), sizeof header);
        if (rest.size() - sizeof header < header.size)
            break;
        if (header.table == table)
            row(rest.substr(sizeof header, header.size));
        rest.remove_prefix(sizeof header + header.size);
    }
    return bytes.size() - rest.size();
}

} // namespace

struct Spool::State {
    std::filesystem::path directory;
    std::size_t memory_limit = 0;
    std::string buffer; // rows behind those of the file
    std::optional<SpoolFile> file;
    Digest digest;
    std::vector<std::uint64_t> counts;
    std::uint64_t size = 0;
};

Spool::Spool(std::filesystem::path directory, std::size_t memory_limit)
    : state_(std::make_unique<State>()) {
    state_->directory = std::move(directory);
    state_->memory_limit = memory_limit;
}

Spool::Spool(Spool&&) noexcept = default;
Spool& Spool::operator=(Spool&&) noexcept = default;
Spool::~Spool() = default;

void Spool::add(const DecodedRow& row) {
    State& state = *state_;
    const Header header{
        static_cast<std::uint32_t>(row.table), static_cast<std::uint32_t>(row.bytes.size())};
    const std::size_t limit = state.file ? write_size : state.memory_limit;
    const std::size_t size = state.buffer.size() + sizeof header + row.bytes.size();
    if (!state.buffer.empty() && size > limit) {
        if (!state.file)
            state.file.emplace(state.directory);
        state.file->append(state.buffer);
        state.buffer = std::string();
        state.buffer.reserve(write_size);
    }
    // Doubling would leave half of what all readings hold unused.
    if (size > state.buffer.capacity())
        state.buffer.reserve(std::max(size, std::min(limit, 2 * size)));
    state.buffer.append(reinterpret_cast<const char*>(&header), sizeof header).append(row.bytes);
    state.digest.add(row.table, row.bytes);
    if (state.counts.size() <= row.table)
        state.counts.resize(row.table + 1);
    ++state.counts[row.table];
    state.size += sizeof header + row.bytes.size();
}

void Spool::read(std::size_t table, const std::function<void(std::string_view row_bytes)>& row)
    const {
    SpoolReader reader(*this, table);
    while (reader.next(row)) {
    }
}

const Digest& Spool::digest() const {
    return state_->digest;
}

std::uint64_t Spool::count(std::size_t table) const {
    return table < state_->counts.size() ? state_->counts[table] : 0;
}

std::uint64_t Spool::size_bytes() const {
    return state_->size;
}

std::size_t Spool::memory_bytes() const {
    return state_->buffer.capacity();
}

SpoolReader::SpoolReader(const Spool& spool, std::size_t table) : spool_(&spool), table_(table) {}

bool SpoolReader::next(const std::function<void(std::string_view row_bytes)>& row) {
    const Spool::State& state = *spool_->state_;
    if (const std::size_t got = state.file ? state.file->read(read_to_, piece_) : 0; got > 0) {
        read_to_ += got;
        piece_.erase(0, visit(piece_, table_, row));
        return true;
    }
    if (std::exchange(at_end_, true))
        return false;
    visit(state.buffer, table_, row);
    return true;
}

} // namespace pcmirror
