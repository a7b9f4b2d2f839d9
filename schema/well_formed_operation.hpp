#pragma once

#include "schema/operation_catalogue.hpp"
#include "schema/well_formed.hpp"

#include <span>
#include <string_view>

namespace pcmirror {
namespace well_formed {

/// `domain.name`, `permissions[].resource`: identifiers with dots, `[]` after those that are lists.
constexpr bool is_field_name(std::string_view name) {
    while (!name.empty()) {
        const std::size_t dot = std::min(name.find('.'), name.size());
        std::string_view part = name.substr(0, dot);
        if (part.ends_with("[]"))
            part.remove_suffix(2);
        if (!is_identifier(part))
            return false;
        if (dot == name.size())
            return true;
        name.remove_prefix(dot + 1);
    }
    return false;
}

constexpr std::string_view around(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

constexpr std::string_view flaw_in_field(const Operation& operation, const PayloadField& field) {
    if (!is_field_name(field.name))
        return "a field needs a lower snake_case name, dots between nested ones";
    if (field.comment.empty())
        return "a field needs a comment";
    std::string_view outside = around(field.name);
    if (!outside.empty()) {
        const bool in_list = outside.ends_with("[]");
        if (in_list)
            outside.remove_suffix(2);
        const PayloadField* parent = field_of(operation, outside);
        if (parent == nullptr || parent->type != (in_list ? FieldType::list : FieldType::object))
            return "a nested field needs the object or list around it as a field before it";
    }
    if (!field.member.empty() && !is_pointer(field.member))
        return "a field's member must be a JSON pointer";
    if (!field.values.empty() && field.type != FieldType::text)
        return "only a text has a list of values";
    if (field.secret && (field.type != FieldType::text || !outside.empty()))
        return "a secret must be a text of the payload itself";
    if (!field.or_field.empty() && field_of(operation, field.or_field) == nullptr)
        return "what may stand for a field must be a field, too";
    if ((field.spends.when == Spends::When::value) != !field.spends.value.empty())
        return "a value that spends money must be named";
    return {};
}

/// Whether every `{placeholder}` of a path is filled in by something.
constexpr std::string_view flaw_in_path(const Operation& operation, std::string_view path) {
    if (!path.starts_with("/v1/"))
        return "a path begins with /v1/";
    while (path.find('{') != std::string_view::npos) {
        path.remove_prefix(path.find('{') + 1);
        const std::string_view name = path.substr(0, path.find('}'));
        if (name == "customer_id") {
            if (!operation.per_customer)
                return "a path of the partner's own has no customer";
            continue;
        }
        const PayloadField* field = field_of(operation, name);
        if (field == nullptr || field->place != FieldPlace::path || field->need != Need::required)
            return "a placeholder must be a required field of the path";
    }
    return {};
}

constexpr std::string_view flaw_in_operation(const Operation& operation) {
    if (!is_identifier(operation.name))
        return "an operation needs a lower snake_case name";
    if (operation.comment.empty() || operation.source.empty())
        return "an operation needs a comment and the page that it was read from";
    for (const PayloadField& field : operation.fields)
        if (const std::string_view flaw = flaw_in_field(operation, field); !flaw.empty())
            return flaw;
    for (const std::string_view path : {operation.path, operation.or_path, operation.item_path})
        if (!path.empty())
            if (const std::string_view flaw = flaw_in_path(operation, path); !flaw.empty())
                return flaw;
    if (operation.path.empty())
        return "an operation needs a path";
    if (operation.body == Body::whole && operation.item_path.empty())
        return "what is sent back as a whole must be read first";
    if (!operation.copied.empty() && operation.item_path.empty())
        return "what is copied from an item must be read first";
    if (operation.etag != Etag::none && operation.body != Body::whole)
        return "an ETag is that of a resource that was read";
    if (operation.method == "POST" && operation.look == Look::none && operation.refreshes.empty())
        return "a POST acts twice, unless it says how things are to be";
    return {};
}

} // namespace well_formed

/// The first thing wrong with a list of operations, in words; empty when it is well formed.
constexpr std::string_view flaw_in(std::span<const Operation* const> operations) {
    for (std::size_t at = 0; at < operations.size(); ++at) {
        if (const std::string_view flaw = well_formed::flaw_in_operation(*operations[at]);
            !flaw.empty())
            return flaw;
        for (std::size_t other = 0; other < at; ++other)
            if (operations[other]->name == operations[at]->name)
                return "two operations have one name";
    }
    return {};
}

} // namespace pcmirror
