#include "sync/db/row_hashes.hpp"

#include "schema/row.hpp"

#include <algorithm>
#include <cstring>
#include <xxhash.h>

namespace pcmirror {
namespace {

std::uint64_t hash_of(std::string_view bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
}

/// The bytes of the first fields of a row.
std::string_view first_fields(std::string_view row, std::size_t count) {
    RowReader reader(row);
    for (std::size_t at = 0; at < count; ++at)
        reader.next();
    return row.substr(0, row.size() - reader.rest().size());
}

} // namespace

std::vector<RowHash> RowHashes::read(const Spool& rows, std::size_t keys) {
    std::vector<RowHash> hashes;
    hashes.reserve(rows.count(0));
    rows.read(0, [&](std::string_view row) {
        hashes.push_back({hash_of(first_fields(row, keys)), hash_of(row)});
    });
    return hashes;
}

RowHashes::RowHashes(std::vector<RowHash> hashes) : hashes_(std::move(hashes)) {
    std::ranges::sort(hashes_, {}, &RowHash::key);
}

bool RowHashes::append(std::string_view bytes) {
    if (bytes.size() % sizeof(RowHash) != 0)
        return false;
    const std::size_t before = hashes_.size();
    hashes_.resize(before + bytes.size() / sizeof(RowHash));
    if (!bytes.empty())
        std::memcpy(hashes_.data() + before, bytes.data(), bytes.size());
    const auto seam = hashes_.begin() + static_cast<std::ptrdiff_t>(before == 0 ? 0 : before - 1);
    return std::is_sorted(seam, hashes_.end(), [](const RowHash& a, const RowHash& b) {
        return a.key < b.key;
    });
}

std::string_view RowHashes::part(std::size_t index) const {
    const std::string_view all(
        reinterpret_cast<const char*>(hashes_.data()), hashes_.size() * sizeof(RowHash)
    );
    return index * part_size < all.size() ? all.substr(index * part_size, part_size)
                                          : std::string_view();
}

bool RowHashes::ambiguous() const {
    return std::ranges::adjacent_find(hashes_, {}, &RowHash::key) != hashes_.end();
}

const RowHash* RowHashes::find(std::uint64_t key) const {
    const auto found = std::ranges::lower_bound(hashes_, key, {}, &RowHash::key);
    return found != hashes_.end() && found->key == key ? &*found : nullptr;
}

std::vector<RowNews> compare(const RowHashes& known, std::span<const RowHash> read) {
    std::vector<RowNews> news;
    news.reserve(read.size());
    for (const RowHash& row : read) {
        const RowHash* old = known.find(row.key);
        news.push_back(
            old == nullptr                ? RowNews::added
            : old->content == row.content ? RowNews::same
                                          : RowNews::changed
        );
    }
    return news;
}

std::size_t count_lacking(const RowHashes& known, std::span<const RowNews> news) {
    const auto added = static_cast<std::size_t>(std::ranges::count(news, RowNews::added));
    return known.size() - (news.size() - added);
}

std::uint64_t key_hash(std::span<const std::string> fields) {
    RowWriter writer;
    for (const std::string& field : fields)
        writer.value(field);
    return hash_of(writer.bytes());
}

} // namespace pcmirror
