#include "sync/db/search_load.hpp"

#include "migrations/libpqxx.hpp"
#include "schema/sql_reads.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/differences.hpp"
#include "sync/db/search_steps.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>

namespace pcmirror {
namespace {

/// What a scope knows of its counters, and how far its search got.
struct Place {
    Differences usual;
    Differences expected;
    std::vector<std::string> hunted;
    int hunt_class = -1;
    std::string hunt_to;
    Differences now;
};

std::map<std::string, Place> read_places(
    pqxx::transaction_base& transaction, const sql::RowReads& sql, const std::string& name
) {
    std::map<std::string, Place> places;
    for (const auto& row : exec_bound(transaction, sql.places(), name))
        places[row[0].c_str()] = {
            read_differences(row[1].c_str()),
            read_differences(row[2].c_str()),
            read_counters(row[3].c_str()),
            row[4].as<int>(),
            row[5].c_str(),
            {}};
    for (const auto& row : exec_bound(transaction, sql.all_differences(), name)) {
        const auto found = places.find(row[0].c_str());
        if (found == places.end())
            continue;
        Place& place = found->second;
        place.now[row[1].c_str()] = closest_to_usual(
            usual_of(place.usual, row[1].c_str()), row[2].as<long long>(), row[3].as<long long>()
        );
    }
    return places;
}

/// By how much counters deviate together.
std::uint64_t deviating(const Place& place, const std::vector<std::string>& counters) {
    long long sum = 0;
    for (const std::string& counted : counters) {
        sum += std::abs(place.now.at(counted) - usual_of(place.usual, counted));
    }
    return static_cast<std::uint64_t>(sum);
}

Suspects count_suspects(
    pqxx::transaction_base& transaction,
    const sql::RowReads& sql,
    const std::string& name,
    const std::string& customer_id,
    const Place& place,
    const Deviation& deviation
) {
    const bool goes_on = std::ranges::includes(place.hunted, deviation.counters());
    Suspects suspects;
    for (const auto& row : exec_bound(
             transaction,
             sql.count_suspects(),
             customer_id,
             name,
             text_array(deviation.risen),
             text_array(deviation.fallen),
             held_to_json({}),
             goes_on ? place.hunt_class : -1,
             goes_on ? place.hunt_to : std::string()
         )) {
        const auto count = row[1].as<std::uint64_t>();
        if (const int which = row[0].as<int>(); which == 0)
            suspects.changed = count;
        else
            suspects.others.at(static_cast<std::size_t>(which) - 1) = count;
    }
    return suspects;
}

} // namespace

double likely_search(std::uint64_t risen, std::uint64_t fallen, const Suspects& suspects) {
    const std::uint64_t changed = std::min(suspects.changed, longest_hunt);
    if (changed >= risen + fallen)
        return static_cast<double>(changed);
    const auto& others = suspects.others;
    const std::uint64_t total = std::accumulate(others.begin(), others.end(), std::uint64_t{0});
    // Whom a risen counter means stands behind all who may have lost something.
    auto last = others.begin();
    if (risen > 0)
        last = std::find_if(others.begin() + 1, others.end(), [](auto count) { return count > 0; });
    const bool anybody = last != others.end() && *last > 0;
    const std::uint64_t before = std::accumulate(others.begin(), last, std::uint64_t{0});
    const auto sought = static_cast<double>(risen > 0 ? risen : fallen);
    std::uint64_t asked = 0;
    double expected = 0;
    double found = 0; // the chance that the search has ended
    while (asked < total && changed + asked < hunt_limit) {
        asked = std::min(total, asked + next_search_step(changed + asked));
        const std::uint64_t among = asked - std::min(asked, before);
        const double part =
            anybody ? std::min(1.0, static_cast<double>(among) / static_cast<double>(*last)) : 0;
        const double chance = std::pow(part, sought);
        expected += static_cast<double>(asked) * (chance - found);
        found = chance;
    }
    return static_cast<double>(changed) + expected + static_cast<double>(asked) * (1 - found);
}

std::uint64_t rows_to_search(pqxx::transaction_base& transaction, const Resource& resource) {
    const sql::RowReads sql(resource);
    const std::string name(resource.name);
    double rows = 0;
    for (const auto& [customer_id, place] : read_places(transaction, sql, name)) {
        const Deviation deviation = deviation_of(place.now, place.usual, place.expected);
        if (!deviation.empty())
            rows += likely_search(
                deviating(place, deviation.risen),
                deviating(place, deviation.fallen),
                count_suspects(transaction, sql, name, customer_id, place, deviation)
            );
    }
    return static_cast<std::uint64_t>(std::llround(rows));
}

} // namespace pcmirror
