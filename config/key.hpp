#pragma once

#include "config/value.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pcmirror {

/// `partner_center.concurrency` -> `16`.
using ShownKeys = std::map<std::string, std::string>;

/// One key of a section of the settings. A table of them reads the section, lists its keys and
/// shows what it holds, so that the three can't disagree.
template <class Section> struct Key {
    std::string name;
    std::string accepted;
    /// Read even where it is absent: it is needed, or something below it is.
    bool needed = false;
    std::function<void(const Place&, Section&)> read;
    std::function<void(const Section&, const std::string& path, ShownKeys&)> show;
    std::vector<std::string> below = {}; ///< paths of the keys below this one; empty: a plain value
};

template <class Section> using Keys = std::vector<Key<Section>>;

template <class Section> std::vector<std::string> names_of(const Keys<Section>& keys) {
    std::vector<std::string> names;
    for (const Key<Section>& key : keys)
        names.push_back(key.name);
    return names;
}

/// The paths of all plain values, in the order of the table.
template <class Section> std::vector<std::string> paths_of(const Keys<Section>& keys) {
    std::vector<std::string> paths;
    for (const Key<Section>& key : keys) {
        if (key.below.empty())
            paths.push_back(key.name);
        for (const std::string& path : key.below)
            paths.push_back(key.name + "." + path);
    }
    return paths;
}

/// Reads in the order of the table, so that a later key may build on an earlier one.
template <class Section>
void read_section(const Place& place, Section& section, const Keys<Section>& keys) {
    if (is_mapping(place))
        report_unknown(place, names_of(keys));
    for (const Key<Section>& key : keys) {
        if (const Entry* entry = place.node.find(key.name))
            key.read(place.below(*entry, key.accepted), section);
        else if (key.needed && place.node.kind != TreeNode::Kind::broken)
            key.read(place.absent(key.name, key.accepted), section);
    }
}

template <class Section>
void show_section(
    const Section& section, const std::string& path, const Keys<Section>& keys, ShownKeys& shown
) {
    for (const Key<Section>& key : keys)
        key.show(section, join_path(path, key.name), shown);
}

/// A plain value that is kept in `member`.
template <class Section, class Owner, class T>
Key<Section> key(std::string name, T Owner::*member, Value<T> value) {
    const auto read = [member, value](const Place& place, Section& section) {
        if (auto given = value.read(place))
            section.*member = std::move(*given);
    };
    const auto show = [member,
                       value](const Section& section, const std::string& path, ShownKeys& shown) {
        shown[path] = value.show(section.*member);
    };
    return {std::move(name), value.accepted, false, read, show};
}

/// The same key, but without it the configuration is refused.
template <class Section> Key<Section> needed(Key<Section> key) {
    key.needed = true;
    key.read = [read = key.read](const Place& place, Section& section) {
        const bool empty = place.node.kind == TreeNode::Kind::scalar && place.node.text.empty();
        if (place.node.kind == TreeNode::Kind::null || empty)
            place.wrong("is missing");
        else
            read(place, section);
    };
    return key;
}

/// The same key, with something to do once it was read.
template <class Section>
Key<Section> then(Key<Section> key, std::function<void(const Place&, Section&)> step) {
    key.read = [read = key.read, step](const Place& place, Section& section) {
        read(place, section);
        step(place, section);
    };
    return key;
}

/// A section of its own that is kept in `member`.
template <class Section, class Part>
Key<Section> section(std::string name, Part Section::*member, const Keys<Part>& keys) {
    const auto read = [member, keys](const Place& place, Section& settings) {
        read_section(place, settings.*member, keys);
    };
    const auto show = [member,
                       keys](const Section& settings, const std::string& path, ShownKeys& shown) {
        show_section(settings.*member, path, keys, shown);
    };
    bool any_needed = false;
    for (const Key<Part>& part : keys)
        any_needed = any_needed || part.needed;
    return {
        std::move(name),
        "a mapping of " + listed(names_of(keys)),
        any_needed,
        read,
        show,
        paths_of(keys)};
}

} // namespace pcmirror
