#pragma once

#include "schema/resource.hpp"
#include "sync/records/decode.hpp"
#include "sync/write/document.hpp"

#include <string>
#include <vector>

namespace pcmirror {

/// The key of a decoded row.
std::vector<std::string> key_of(const Table& table, const DecodedRow& row);

/// Whether an answer, decoded into a row, has a value wherever the mirrored row (JSON) has one,
/// and every member that the mirror keeps in `extra`: an answer may tell only a part of the item.
/// What not every listing carries need not be there.
bool has_all_of(const Table& table, const DecodedRow& answered, const Document& mirrored);

} // namespace pcmirror
