#include "daemon/job_payload.hpp"

#include "config/read.hpp"
#include "schema/error.hpp"
#include "sync/http/url.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <string_view>

namespace pcmirror {
namespace {

constexpr std::string_view expect_prefix = "expect.";

bool is_expected(const Operation& operation, std::string_view name) {
    return takes_expect(operation) && name.starts_with(expect_prefix);
}

Document json_value(const std::string& name, std::string_view wanted, const std::string& value) {
    if (const std::string flaw = Document::flaw_in(value); !flaw.empty())
        throw Error(Recovery::fix_config, fmt::format("{} is not {}: {}", name, wanted, flaw));
    return Document::parse(value);
}

/// A number or a truth as JSON has it; else the text, which the database refuses in its own words.
Document scalar(const std::string& value) {
    try {
        Document parsed = Document::parse(http::lower_case(value));
        if (parsed.kind() == Document::Kind::number || parsed.kind() == Document::Kind::boolean)
            return parsed;
    } catch (const Error&) {
        // Not JSON: a text, then.
    }
    return Document::text(value);
}

std::vector<std::string> parts_of(std::string_view value) {
    std::vector<std::string> parts;
    while (!value.empty()) {
        const std::size_t end = std::min(value.find(';'), value.size());
        std::string_view part = value.substr(0, end);
        value.remove_prefix(std::min(end + 1, value.size()));
        part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
        part = part.substr(0, part.find_last_not_of(' ') + 1);
        if (!part.empty())
            parts.emplace_back(part);
    }
    return parts;
}

/// Of a list whose elements require one member: that one's name. Empty: there is no such one.
std::string_view only_required_member(const Operation& operation, const PayloadField& list) {
    const std::string prefix = std::string(list.name) + "[].";
    std::string_view member;
    for (const PayloadField& field : operation.fields) {
        if (!field.name.starts_with(prefix) || field.need != Need::required)
            continue;
        if (!member.empty())
            return {};
        member = field.name.substr(prefix.size());
    }
    return member;
}

Document list_value(
    const Operation& operation,
    const PayloadField& field,
    const std::string& name,
    const std::string& value
) {
    const bool of_texts = field.type == FieldType::text_list;
    const std::string_view member =
        of_texts ? std::string_view() : only_required_member(operation, field);
    if (value.starts_with('[') || (!of_texts && member.empty()))
        return json_value(name, "a JSON array, as this list is written", value);
    Document list = Document::parse("[]");
    for (std::string& part : parts_of(value)) {
        Document element = Document::text(std::move(part));
        if (!of_texts) {
            Document object = Document::object();
            object.set('/' + std::string(member), std::move(element));
            element = std::move(object);
        }
        list.elements().push_back(std::move(element));
    }
    return list;
}

} // namespace

std::string nearest_operation(const std::string& name) {
    std::vector<std::string> names;
    for (const Operation* operation : operation_catalogue())
        names.emplace_back(operation->name);
    return nearest(name, names);
}

const PayloadField* named_field(const Operation& operation, std::string_view name) {
    if (is_expected(operation, name))
        name.remove_prefix(expect_prefix.size());
    return field_of(operation, name);
}

Document
payload_value(const Operation& operation, const std::string& name, const std::string& value) {
    const PayloadField* field = named_field(operation, name);
    const bool may_be_null = is_expected(operation, name) || (field != nullptr && field->nullable);
    if (value == "null" && may_be_null)
        return {};
    if (field == nullptr)
        return Document::text(value);
    if (value == "null")
        throw Error(
            Recovery::fix_config,
            name + " can't be null; leave it out" +
                (field->type == FieldType::text ? ", or give the text \"null\" in --payload" : "")
        );
    switch (field->type) {
    case FieldType::text:
    case FieldType::guid:
    case FieldType::timestamp:
        return Document::text(value);
    case FieldType::integer:
    case FieldType::decimal:
    case FieldType::boolean:
        return scalar(value);
    case FieldType::list:
    case FieldType::text_list:
        return list_value(operation, *field, name, value);
    case FieldType::object:
    case FieldType::json:
        break;
    }
    return json_value(name, "JSON, as an object is written", value);
}

int priority_of(const std::string& text) {
    using Limits = std::numeric_limits<int>;
    int number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc() || stop != end)
        throw Error(
            Recovery::fix_config,
            fmt::format(
                "priority must be a whole number from {} to {}", Limits::min(), Limits::max()
            )
        );
    return number;
}

std::string payload_of(
    const Operation& operation, const std::string& begun, const std::vector<std::string>& set
) {
    Document payload = json_value("--payload", "JSON", begun);
    for (const std::string& one : set) {
        const std::size_t equals = one.find('=');
        if (equals == std::string::npos || equals == 0)
            throw Error(Recovery::fix_config, "--set wants key=value, not \"" + one + "\"");
        const std::string name = one.substr(0, equals);
        std::string pointer = "/" + name;
        std::ranges::replace(pointer, '.', '/');
        // What was given before is taken back by what is given later.
        payload.set(pointer, payload_value(operation, name, one.substr(equals + 1)));
    }
    return payload.json();
}

} // namespace pcmirror
