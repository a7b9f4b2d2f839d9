#include "tests/bench/parsing.hpp"

#include "schema/resources/users.hpp"
#include "sync/records/page.hpp"

#include <ctime>
#include <stdexcept>
#include <string_view>

namespace pcmirror {
namespace {

std::chrono::nanoseconds thread_cpu() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::string customer_in(const std::string& path) {
    constexpr std::string_view start = "/v1/customers/";
    constexpr std::size_t guid = 36;
    return path.substr(start.size(), guid);
}

} // namespace

UserPageParser::UserPageParser() : decoder_(resources::users) {}

Parsed UserPageParser::parse(const std::string& path, const std::string& body) {
    const std::chrono::nanoseconds began = thread_cpu();
    const Surroundings around{customer_in(path), {}};
    Spool rows("/nonexistent");
    Parsed parsed;
    for (const std::string_view record : scan_page(body, Envelope::collection).records) {
        if (const auto rejection = decoder_.decode(record, around))
            throw std::runtime_error(path + ": " + rejection->reason);
        for (const DecodedRow& row : decoder_.rows())
            rows.add(row);
        ++parsed.records;
    }
    parsed.cpu = thread_cpu() - began;
    return parsed;
}

} // namespace pcmirror
