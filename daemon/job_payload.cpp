#include "daemon/job_payload.hpp"

#include "schema/error.hpp"
#include "sync/write/document.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror {
namespace {

Document json_value(const std::string& name, const std::string& value) {
    try {
        return Document::parse(value);
    } catch (const Error&) {
        throw Error(
            Recovery::fix_config,
            fmt::format("--set {}: \"{}\" is not JSON, as this field wants it", name, value)
        );
    }
}

Document value_of(const Operation& operation, const std::string& name, const std::string& value) {
    const PayloadField* field = field_of(operation, name);
    if (field == nullptr)
        return Document::text(value);
    if (field->nullable && value == "null")
        return {};
    switch (field->type) {
    case FieldType::text:
    case FieldType::guid:
    case FieldType::timestamp:
        return Document::text(value);
    default:
        return json_value(name, value);
    }
}

} // namespace

std::string payload_of(
    const Operation& operation, const std::string& begun, const std::vector<std::string>& set
) {
    Document payload = Document::parse(begun);
    for (const std::string& one : set) {
        const std::size_t equals = one.find('=');
        if (equals == std::string::npos || equals == 0)
            throw Error(Recovery::fix_config, "--set wants key=value, not \"" + one + "\"");
        const std::string name = one.substr(0, equals);
        std::string pointer = "/" + name;
        std::ranges::replace(pointer, '.', '/');
        // What was given before is taken back by what is given later.
        payload.set(pointer, value_of(operation, name, one.substr(equals + 1)));
    }
    return payload.json();
}

} // namespace pcmirror
