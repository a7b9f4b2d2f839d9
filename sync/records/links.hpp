#pragma once

#include "sync/records/page.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace pcmirror {

/// The `next` of a collection's `links`, given as raw JSON (empty where the member is absent).
/// Nothing where there is no next page. Throws `Error` (retry_later) for a link that can't be
/// followed: guessing would end the listing early.
std::optional<NextLink> read_next_link(std::string_view raw_links);

/// The text of a `continuationToken`, given as raw JSON. Throws as above.
std::string read_token(std::string_view raw_token);

} // namespace pcmirror
