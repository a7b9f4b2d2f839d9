#include "sync/poll/search_path.hpp"

#include "sync/http/url.hpp"

#include <nlohmann/json.hpp>

namespace pcmirror {

std::string
search_path(const Resource& customers, std::string_view field, std::string_view begins_with) {
    const nlohmann::ordered_json filter{
        {"Field", field}, {"Value", begins_with}, {"Operator", "starts_with"}};
    const Listing& listing = customers.listings.front();
    return std::string(listing.path) + '?' + std::string(listing.query) + "&filter=" +
           http::percent_encoded(
               filter.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
           );
}

} // namespace pcmirror
