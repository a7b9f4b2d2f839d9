#include "daemon/json.hpp"
#include "daemon/preflight.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror {

std::string probes_text(const std::vector<Probe>& probes) {
    std::size_t width = 0;
    for (const Probe& probe : probes)
        width = std::max(width, probe.name.size());
    std::string text;
    for (const Probe& probe : probes) {
        const bool several_lines = probe.found.find('\n') != std::string::npos;
        text += fmt::format("{:<7} {:<{}}", probe.ok ? "ok" : "FAILED", probe.name, width);
        text += (several_lines ? "\n" : "  ") + probe.found + '\n';
        if (!probe.hint.empty())
            text += fmt::format("{:<7} hint: {}\n", "", probe.hint);
    }
    return text;
}

std::string probes_json(const std::vector<Probe>& probes) {
    JsonWriter json;
    json.begin_object();
    json.key("ok").boolean(std::ranges::all_of(probes, &Probe::ok)).key("probes").begin_array();
    for (const Probe& probe : probes) {
        json.begin_object().key("name").text(probe.name);
        json.key("ok").boolean(probe.ok).key("found").text(probe.found);
        json.key("hint");
        probe.hint.empty() ? json.null() : json.text(probe.hint);
        json.end_object();
    }
    json.end_array().end_object();
    return json.document();
}

} // namespace pcmirror
