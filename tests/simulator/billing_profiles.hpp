#pragma once

#include "tests/simulator/item.hpp"

#include <cstdint>
#include <string_view>

namespace pcmirror::simulator {

// The customer holds it as one member, `billingProfile`.
inline constexpr Field billing_profile_fields[] = {
    {"id", "profile_id", Kind::text},
    {"firstName", "first_name", Kind::text},
    {"lastName", "last_name", Kind::text},
    {"email", "email", Kind::text},
    {"culture", "culture", Kind::text},
    {"language", "language", Kind::text},
    {"companyName", "company_name", Kind::text},
    {"defaultAddress", "default_address", Kind::json},
    {"attributes/etag", "etag", Kind::text},
};

/// A profile as the world was made.
Item make_billing_profile(std::uint64_t random, std::uint32_t customer);

/// As the customer holds it.
Json held_profile(const Item& profile);
Item read_profile(const Json& held);

/// Another one for other contents.
void renew_profile_etag(Item& profile);

} // namespace pcmirror::simulator
