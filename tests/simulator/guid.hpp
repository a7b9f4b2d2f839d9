#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// 8-4-4-4-12 hex digits of any case.
bool is_guid(std::string_view text);

std::string lower_case(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);

/// The lower-case GUID number `index` of the family `key`. It can be turned back, so that a world
/// of any size needs no table of its ids.
std::string guid_of(std::uint64_t key, std::uint32_t index);

/// The number of a GUID (any case) of the family, or nothing if it does not belong to it.
std::optional<std::uint32_t> index_of(std::uint64_t key, std::string_view guid);

/// Some GUID, for ids that nobody looks up.
std::string guid_from(std::uint64_t random);

} // namespace pcmirror::simulator
