#pragma once

#include "tests/simulator/draw.hpp"
#include "tests/simulator/item.hpp"
#include "tests/simulator/products.hpp"
#include "tests/simulator/render.hpp"
#include "tests/simulator/roles.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace pcmirror::simulator {

inline constexpr std::string_view user_domain_types[] = {"none", "managed", "federated"};
inline constexpr std::string_view user_states[] = {"active", "inactive"};

inline constexpr Field user_fields[] = {
    {"id", "user_id", Kind::text},
    {"userPrincipalName", "user_principal_name", Kind::text},
    {"displayName", "display_name", Kind::text},
    {"firstName", "first_name", Kind::text},
    {"lastName", "last_name", Kind::text},
    {"usageLocation", "usage_location", Kind::text, {}, true},
    {"userDomainType", "user_domain_type", Kind::enumeration, user_domain_types},
    {"state", "state", Kind::enumeration, user_states},
    {"softDeletionTime", "soft_deletion_time", Kind::moment},
    {"lastDirectorySyncTime", "last_directory_sync_time", Kind::moment},
    {"immutableId", "immutable_id", Kind::text, {}, true, Shown::in_detail},
    {"phoneNumber", "phone_number", Kind::text, {}, true, Shown::in_detail},
};

/// The family of a customer's user ids (see `guid_of`).
std::uint64_t user_key(std::uint64_t seed, std::uint32_t customer);

std::string user_id(std::uint64_t seed, std::uint32_t customer, std::uint32_t index);

/// What decides about user number `index` of a family as the world was made. It costs next to
/// nothing, so that a million users can be counted instead of being remembered.
class UserNature {
  public:
    UserNature(std::uint64_t user_key, std::uint32_t index);

    /// All but one in twenty; the others are inactive.
    [[nodiscard]] bool is_active() const { return bits_ % 20 != 0; }

    /// Without a usage location nobody can be given a license.
    [[nodiscard]] bool has_location() const { return (bits_ >> 8U) % 16 != 0; }

    /// Calls `take(product)` for each license that the user was made with: none, or 1 to 3 of the
    /// products that the customer was made with.
    template <class Take>
    void each_license(const std::vector<std::size_t>& choice, Take take) const {
        if (choice.empty() || !has_location() || (bits_ >> 16U) % 100 >= 85)
            return;
        const std::uint64_t count = std::min<std::uint64_t>(choice.size(), 1 + (bits_ >> 32U) % 3);
        for (std::uint64_t k = 0; k < count; ++k)
            take(choice[((bits_ >> 40U) + k) % choice.size()]);
    }

    /// The roles that the user was made with: mostly none.
    [[nodiscard]] RoleSet roles() const {
        const std::uint64_t bits = mix(bits_);
        return bits % 12 == 0 ? RoleSet().set((bits >> 8U) % role_count) : RoleSet();
    }

  private:
    std::uint64_t bits_;
};

/// User number `index` of a customer as the world was made, but for what `mark_active` and
/// `mark_deleted` say.
Item make_user(std::uint64_t seed, std::uint32_t customer, std::uint32_t index);

void mark_active(Item& item);
void mark_deleted(Item& item, Moment when);

/// When an inactive user of the world as made was deleted.
Moment deletion_as_made(std::uint64_t seed, std::uint32_t customer, std::uint32_t index);

/// Changes some members to other values that the API could send; returns their names. A usage
/// location is never taken away, and neither is what not every answer carries.
std::string modify_user(Item& item, std::uint64_t random);

/// Members that no documentation mentions; mostly none.
std::vector<Unknown> unknown_user_members(Draw& draw);

Frame user_frame(const std::string& customer_id, const std::string& user_id, bool with_details);

} // namespace pcmirror::simulator
