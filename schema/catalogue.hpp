#pragma once

#include "schema/resource.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace pcmirror {

/// Resources, parents before children. A value: tests make their own.
class Catalogue {
  public:
    constexpr explicit Catalogue(std::span<const Resource* const> resources)
        : resources_(resources) {}

    [[nodiscard]] constexpr auto begin() const { return resources_.begin(); }

    [[nodiscard]] constexpr auto end() const { return resources_.end(); }

    [[nodiscard]] constexpr std::size_t size() const { return resources_.size(); }

    /// The resource of that name, or null.
    [[nodiscard]] constexpr const Resource* find(std::string_view name) const {
        for (const Resource* resource : resources_)
            if (resource->name == name)
                return resource;
        return nullptr;
    }

    /// The resource whose rows are the partner's customers: the one that others have as parent.
    [[nodiscard]] constexpr const Resource* customers() const { return find("customers"); }

  private:
    std::span<const Resource* const> resources_;
};

/// What this version of the program mirrors.
const Catalogue& catalogue();

/// The first thing wrong with a list of descriptions, in words; empty when it is well formed.
/// Defined in well_formed.hpp; the shipped catalogue is checked at compile time.
constexpr std::string_view flaw_in(std::span<const Resource* const> resources);

/// Changes whenever a description changes in a way that changes what is stored, so that digests
/// taken under the old description are not trusted.
std::uint64_t fingerprint(const Resource& resource);

} // namespace pcmirror
