#include "config/read.hpp"

#include "config/by_resource.hpp"
#include "config/keys.hpp"
#include "config/place.hpp"
#include "config/schedules.hpp"
#include "config/secret_file.hpp"
#include "config/tree.hpp"
#include "schema/error.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <utility>

namespace pcmirror {

namespace {

/// systemd lists several state directories with colons; the first is ours.
std::filesystem::path default_state_directory(const Environment& environment) {
    const std::string given = environment("STATE_DIRECTORY").value_or("");
    const std::string first = given.substr(0, given.find(':'));
    return first.empty() ? Settings().state_directory : std::filesystem::path(first);
}

void fill_defaults(const Context& context, const TreeNode& root, Settings& settings) {
    const Entry* schedules = root.find("schedules");
    // An empty mapping is an answer: nothing is polled. No value at all is none.
    if (schedules == nullptr || schedules->value->kind == TreeNode::Kind::null)
        settings.schedules = default_schedules(context.catalogue);
    if (const Resource* list = context.catalogue.customers())
        settings.delete_guard.resources.try_emplace(
            std::string(list->name), default_limits(settings.delete_guard, list->name)
        );
    if (settings.state_directory.empty())
        settings.state_directory = default_state_directory(context.environment);
    auto& token = settings.partner_center.refresh_token_file;
    if (token.empty())
        token = settings.state_directory / "refresh_token";
}

void read_root(const Context& context, const Tree& tree, Settings& settings) {
    static const TreeNode nothing;
    const TreeNode& root = tree.root == nullptr ? nothing : *tree.root;
    const Place place{
        context, root, root.at, {}, "a mapping of " + listed(names_of(settings_keys()))};
    settings.state_directory.clear();
    if (root.kind == TreeNode::Kind::null)
        place.wrong("the file is empty", "start from the example pcmirror.yaml that is shipped");
    else if (root.kind == TreeNode::Kind::map)
        read_section(place, settings, settings_keys());
    else if (root.kind != TreeNode::Kind::broken)
        place.wrong("the file is no mapping");
    fill_defaults(context, root, settings);
}

} // namespace

std::optional<std::string> process_environment(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

const Resource* resource_of(const Place& place, const Entry& entry) {
    if (const Resource* resource = place.context.catalogue.find(entry.key))
        return resource;
    std::vector<std::string> known;
    for (const Resource* resource : place.context.catalogue)
        known.emplace_back(resource->name);
    const std::string near = nearest(entry.key, known);
    place.context.problems.add(
        {entry.at,
         place.path_of(entry.key),
         fmt::format("unknown resource ({})", listed(known)),
         near.empty() ? near : fmt::format("did you mean \"{}\"?", near)}
    );
    return nullptr;
}

Settings parse_settings(
    std::string_view yaml,
    const std::filesystem::path& file,
    const Catalogue& catalogue,
    const Environment& environment
) {
    Problems problems;
    const Tree tree = read_tree(yaml, environment, problems);
    Settings settings;
    settings.file = file;
    if (tree.root != nullptr || problems.empty())
        read_root({file, catalogue, environment, problems}, tree, settings);
    if (!problems.empty())
        throw Error(Recovery::fix_config, problems.text(file));
    return settings;
}

Settings read_settings(
    const std::filesystem::path& file, const Catalogue& catalogue, const Environment& environment
) {
    std::string yaml;
    try {
        yaml = read_small_file(file);
    } catch (const Error& error) {
        const std::string hint = error.hint().empty()
                                     ? "name the configuration file with --config, or copy the "
                                       "example pcmirror.yaml there"
                                     : error.hint();
        throw Error(
            Recovery::fix_config,
            fmt::format("the configuration file \"{}\" {}", file.string(), error.what()),
            hint
        );
    }
    return parse_settings(yaml, file, catalogue, environment);
}

} // namespace pcmirror
