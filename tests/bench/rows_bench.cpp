#include "sync/db/row_hashes.hpp"
#include "sync/records/spool.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

// What happens to rows between the decoder and the database.

namespace pcmirror {
namespace {

constexpr std::size_t key_columns = 2;
constexpr std::size_t in_memory = 64 << 20;

std::vector<DecodedRow> rows_of_a_scope(std::size_t count) {
    std::vector<DecodedRow> rows(count);
    for (std::size_t at = 0; at < count; ++at) {
        RowWriter writer;
        writer.value("4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04");
        writer.value("0a1b2c3d-0000-4e5f-8a9b-" + std::to_string(100'000'000'000 + at));
        writer.value("zoe.mueller" + std::to_string(at) + "@customer17.example.com");
        for (const char* value : {"Zoe Mueller", "Zoe", "Mueller", "DE", "managed", "active"})
            writer.value(value);
        writer.null();
        rows[at].bytes = writer.bytes();
    }
    return rows;
}

void fill(Spool& spool, const std::vector<DecodedRow>& rows) {
    for (const DecodedRow& row : rows)
        spool.add(row);
}

void spool(benchmark::State& state, std::size_t memory_limit) {
    const std::vector<DecodedRow> rows = rows_of_a_scope(50'000);
    for (auto _ : state) {
        Spool spool(std::filesystem::temp_directory_path(), memory_limit);
        fill(spool, rows);
        std::size_t size = 0;
        spool.read(0, [&](std::string_view row) { size += row.size(); });
        benchmark::DoNotOptimize(size);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows.size()));
}

void spool_in_memory(benchmark::State& state) {
    spool(state, in_memory);
}

void spool_in_a_file(benchmark::State& state) {
    spool(state, 1 << 20);
}

// A listing of which one row in a hundred has changed, against the hashes of the last pass.
void hash_diff(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    Spool spool("/nonexistent", in_memory);
    fill(spool, rows_of_a_scope(count));
    std::vector<RowHash> before = RowHashes::read(spool, key_columns);
    for (std::size_t at = 0; at < before.size(); at += 100)
        ++before[at].content;
    const RowHashes stored(before);
    for (auto _ : state) {
        const std::vector<RowHash> read = RowHashes::read(spool, key_columns);
        const std::vector<RowNews> news = compare(stored, read);
        benchmark::DoNotOptimize(std::ranges::count(news, RowNews::changed));
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
}

BENCHMARK(spool_in_memory);
BENCHMARK(spool_in_a_file);
BENCHMARK(hash_diff)->Arg(500)->Arg(50'000);

} // namespace
} // namespace pcmirror
