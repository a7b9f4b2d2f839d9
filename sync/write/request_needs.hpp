#pragma once

#include "schema/operation.hpp"
#include "sync/write/document.hpp"

#include <cstdint>

namespace pcmirror {

/// Requests that a job takes where nothing goes wrong.
struct RequestNeeds {
    std::uint64_t before = 0; ///< readings of what is changed
    std::uint64_t writes = 0;
    std::uint64_t after = 0; ///< readings that bring the mirror up to date, each at its first try

    [[nodiscard]] std::uint64_t all() const { return before + writes + after; }

    RequestNeeds& operator+=(const RequestNeeds& other);
};

/// Whether the resource is read before it is written.
bool reads_first(const Operation& operation, const Document& payload);

/// Whom the API wants to be signed in for this payload.
SignIn sign_in_of(const Operation& operation, const Document& payload);

/// What a job takes by its operation's description. Scopes that are due at once afterwards are not
/// counted: however many jobs of a customer touch one, it is read once.
RequestNeeds needs_of(const Operation& operation, const Document& payload);

} // namespace pcmirror
