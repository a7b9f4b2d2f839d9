#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// The wildcard patterns of a filter as LIKE patterns in an array literal.
std::string like_patterns(const std::vector<std::string>& wildcards);

/// An SQL condition that is true for customers which the filter keeps out, over a row of
/// partner_center.customers and two bound arrays of LIKE patterns.
std::string
excluded_condition(const std::string& row, const std::string& include, const std::string& exclude);

} // namespace pcmirror
