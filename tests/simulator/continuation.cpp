#include "tests/simulator/continuation.hpp"

#include "tests/simulator/draw.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/wire.hpp"

#include <array>
#include <cstring>
#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

using Numbers = std::array<std::uint32_t, 4>;

std::uint64_t seal(std::string_view bytes, std::uint64_t seed) {
    return mix(mix(seed, 20), bytes);
}

} // namespace

std::string spell_continuation(const Place& place, std::uint64_t seed) {
    const Numbers numbers{place.position, place.previous, place.page, place.size};
    std::string bytes(sizeof numbers, '\0');
    std::memcpy(bytes.data(), numbers.data(), sizeof numbers);
    bytes += place.filter;
    const std::uint64_t sum = seal(bytes, seed);
    std::string sealed(reinterpret_cast<const char*>(&sum), sizeof sum);
    // What follows makes every token hold '+', '/' and '='.
    sealed += bytes;
    return fmt::format(
        "{},{}_{},{}",
        guid_from(sum),
        guid_from(sum + 1),
        "+/" + base64(sealed) + "=",
        guid_from(seed)
    );
}

std::optional<Place> read_continuation(std::string_view token, std::uint64_t seed) {
    const std::size_t begin = token.find("_+/");
    const std::size_t end = token.rfind(',');
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin)
        return {};
    const auto sealed = read_base64(token.substr(begin + 3, end - begin - 3));
    std::uint64_t sum = 0;
    Numbers numbers{};
    if (!sealed || sealed->size() < sizeof sum + sizeof numbers)
        return {};
    std::memcpy(&sum, sealed->data(), sizeof sum);
    std::memcpy(numbers.data(), sealed->data() + sizeof sum, sizeof numbers);
    Place place{
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        sealed->substr(sizeof sum + sizeof numbers)};
    if (spell_continuation(place, seed) != token)
        return {};
    return place;
}

} // namespace pcmirror::simulator
