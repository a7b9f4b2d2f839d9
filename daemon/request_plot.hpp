#pragma once

#include "daemon/web/html.hpp"
#include "sync/db/overview_store.hpp"

#include <map>
#include <string>

namespace pcmirror {

/// Draws what requests were spent on in each of the last 24 hours: stacked bars in SVG with a
/// legend, and totals in words for those who cannot see it. `budget` is requests an hour, a line
/// across the plot where it is near enough to be seen; 0: none.
void draw_requests(
    Html& html, const std::map<std::string, RequestsByHour>& requests, double budget
);

} // namespace pcmirror
