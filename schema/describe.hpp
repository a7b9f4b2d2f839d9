#pragma once

#include "schema/catalogue.hpp"

#include <string>

namespace pcmirror {

/// What of a description is shown to people, in the words of `pcmirror resources`.
struct Described {
    std::string resource;
    std::string tables;   ///< in partner_center, with commas
    std::string endpoint; ///< each listing's path and query
    std::string paging;
    std::string sign_in;
    std::string every; ///< default schedule
};

Described describe(const Resource& resource);

/// First-draft migration with comments: `pcmirror resources --ddl NAME`.
std::string ddl_text(const Resource& resource);

/// The reference of all resources, tables and columns in Markdown: schema/RESOURCES.md.
std::string markdown_text(const Catalogue& catalogue);

} // namespace pcmirror
