#include "daemon/request_label.hpp"

#include <algorithm>
#include <utility>

namespace pcmirror {
namespace {

std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::size_t end = std::min(path.find('/'), path.size());
        segments.emplace_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return segments;
}

/// From the API's version on, whatever stands before it in `api_url`.
std::string_view path_of(std::string_view url) {
    url = url.substr(0, url.find_first_of("?#"));
    const std::size_t version = url.find("/v1/");
    return version == std::string_view::npos ? std::string_view() : url.substr(version);
}

bool matches(const std::vector<std::string>& wanted, const std::vector<std::string>& segments) {
    return std::ranges::equal(
        wanted,
        segments,
        [](const std::string& one, const std::string& other) {
            return one.starts_with('{') || one == other;
        }
    );
}

} // namespace

RequestLabels::RequestLabels(const Catalogue& catalogue, std::string login_url)
    : login_url_(std::move(login_url)) {
    for (const Resource* resource : catalogue) {
        resources_.emplace_back(resource->name);
        for (const Listing& listing : resource->listings)
            add(listing.path, resource->name);
        add(resource->item_path, resource->name);
    }
}

void RequestLabels::add(std::string_view path, std::string_view resource) {
    if (!path.empty())
        paths_.push_back({segments_of(path), std::string(resource)});
}

std::string_view RequestLabels::of(std::string_view method, std::string_view url) const {
    // The API and the sign-in may be one server.
    if (url.starts_with(login_url_) && url.find("/oauth2/") != std::string_view::npos)
        return "sign_in";
    if (method != "GET")
        return "jobs";
    const std::vector<std::string> segments = segments_of(path_of(url));
    for (const Path& path : paths_)
        if (matches(path.segments, segments))
            return path.resource;
    return "other";
}

std::vector<std::string> RequestLabels::all() const {
    std::vector<std::string> names = resources_;
    for (const char* more : {"jobs", "other", "sign_in"})
        names.emplace_back(more);
    return names;
}

} // namespace pcmirror
