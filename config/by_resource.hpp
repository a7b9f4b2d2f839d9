#pragma once

#include "config/key.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pcmirror {

/// Entries named by resources, each of them read with a table, kept in the map `member`. A new
/// entry starts as `first` makes it; `check` looks at it as a whole once it was read.
template <class Section, class Part> struct ByResource {
    std::map<std::string, Part> Section::*member;
    Keys<Part> keys;
    std::function<Part(const Section&, const Resource&)> first;
    std::function<void(const Place&, const Resource&, Part&)> check;

    void read(const Place& place, Section& section) const;
};

/// The resource that an entry names; null, and reported, when there is none.
const Resource* resource_of(const Place& place, const Entry& entry);

template <class Section, class Part>
void ByResource<Section, Part>::read(const Place& place, Section& settings) const {
    if (!is_mapping(place))
        return;
    for (const Entry& entry : place.node.entries) {
        const Resource* resource = resource_of(place, entry);
        if (resource == nullptr)
            continue;
        const Place part = place.below(entry, "a mapping of " + listed(names_of(keys)));
        Part value = first(settings, *resource);
        read_section(part, value, keys);
        check(part, *resource, value);
        (settings.*member)[entry.key] = std::move(value);
    }
}

template <class Section, class Part>
Key<Section> by_resource(std::string name, ByResource<Section, Part> entries) {
    std::vector<std::string> below;
    for (const std::string& path : paths_of(entries.keys))
        below.push_back("*." + path);
    const auto read = [entries](const Place& place, Section& settings) {
        entries.read(place, settings);
    };
    const auto show =
        [entries](const Section& settings, const std::string& path, ShownKeys& shown) {
            for (const auto& [resource, part] : settings.*entries.member)
                show_section(part, join_path(path, resource), entries.keys, shown);
        };
    return {std::move(name), "a mapping by resource", false, read, show, below};
}

} // namespace pcmirror
