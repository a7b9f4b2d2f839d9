#pragma once

#include "schema/operation_catalogue.hpp"
#include "sync/write/document.hpp"

#include <string>
#include <vector>

namespace pcmirror {

/// A member that a payload changes and that has no fields inside: `default_address.city`.
struct PayloadLeaf {
    std::string name;
    const PayloadField* field = nullptr;
    const Document* value = nullptr; ///< lives as long as the payload
};

/// What a payload changes, in its order.
std::vector<PayloadLeaf> leaves_of(const Operation& operation, const Document& payload);

/// A value as text that is equal for values that come to the same: enums in any case, GUIDs,
/// numbers by their digits.
std::string plain_value(const PayloadField& field, const Document& value);

} // namespace pcmirror
