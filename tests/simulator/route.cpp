#include "tests/simulator/body.hpp"
#include "tests/simulator/endpoint.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/refused.hpp"

namespace pcmirror::simulator {

namespace {

// Takes the first segment off a template that begins with '/'.
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

bool fits(const Endpoint& endpoint, const std::vector<std::string>& segments, Route& route) {
    std::string_view rest = endpoint.path;
    route.variables.clear();
    for (const std::string& segment : segments) {
        if (rest.empty())
            return false;
        const std::string_view wanted = take_segment(rest);
        if (wanted.front() == '{')
            route.variables.emplace_back(wanted.substr(1, wanted.size() - 2), segment);
        else if (!equal_ignoring_case(wanted, segment))
            return false;
    }
    return rest.empty();
}

} // namespace

std::string_view Call::variable(std::string_view name) const {
    for (const auto& [variable_name, value] : variables)
        if (variable_name == name)
            return value;
    return {};
}

std::string_view operation_of(const Endpoint& endpoint, const Request& request) {
    if (endpoint.variants.empty())
        return endpoint.name;
    try {
        const nlohmann::json body = read_body(request);
        for (const Variant& variant : endpoint.variants)
            if (variant.is_meant(body))
                return variant.name;
    } catch (const Refused&) {
        return endpoint.name; // whoever handles it refuses it again
    }
    return endpoint.name;
}

Route find_route(std::span<const Endpoint> table, std::string_view method, std::string_view path) {
    const std::vector<std::string> segments = path_segments(path);
    Route route;
    for (const Endpoint& endpoint : table) {
        if (!fits(endpoint, segments, route))
            continue;
        if (endpoint.method == method) {
            route.endpoint = &endpoint;
            return route;
        }
        route.status = 405;
    }
    return route;
}

} // namespace pcmirror::simulator
