#pragma once

#include "schema/resource.hpp"

#include <string>
#include <string_view>

namespace pcmirror {

/// The path of a listing of those customers whose `field` (Domain, CompanyName) begins with a text:
/// the only comparison that is documented for it (get-a-list-of-customers-filtered-by-a-search-
/// field).
std::string
search_path(const Resource& customers, std::string_view field, std::string_view begins_with);

} // namespace pcmirror
