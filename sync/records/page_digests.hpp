#pragma once

#include "sync/records/page.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace pcmirror {

/// What the pages of a scope's listings looked like, byte for byte, in 24 bytes a page: records
/// that come again as they were need not be decoded to know that they say the same. Links and
/// tokens around the records don't count, nor does the order of records within a page.
class PageDigests {
  public:
    /// Begins with the build's `decoding`, since another one may read the same bytes differently.
    PageDigests();

    /// Whether a build that decodes as this one does made these `bytes`.
    [[nodiscard]] static bool are_of_this_build(std::string_view bytes);

    /// Adds the next page. `listing`: the scope's how manieth.
    void add(std::size_t listing, const Page& page);

    /// To be stored, and compared with those of another reading.
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

    /// Whether the reading with these `bytes` began with the same pages.
    [[nodiscard]] bool begin(std::string_view bytes) const { return bytes.starts_with(bytes_); }

  private:
    std::string bytes_;
};

} // namespace pcmirror
