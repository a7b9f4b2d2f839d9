#pragma once

#include "schema/operation_catalogue.hpp"
#include "schema/well_formed.hpp"

#include <initializer_list>
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

struct Rule {
    bool broken;
    std::string_view flaw;
};

/// What the first broken rule calls its flaw; empty when none is broken.
constexpr std::string_view first_broken(std::initializer_list<Rule> rules) {
    for (const Rule& rule : rules)
        if (rule.broken)
            return rule.flaw;
    return {};
}

/// Whether a nested field has the object or list around it among the fields.
constexpr bool has_parent(const Operation& operation, const PayloadField& field) {
    std::string_view outside = around(field.name);
    if (outside.empty())
        return true;
    const FieldType wanted = outside.ends_with("[]") ? FieldType::list : FieldType::object;
    if (wanted == FieldType::list)
        outside.remove_suffix(2);
    const PayloadField* parent = field_of(operation, outside);
    return parent != nullptr && parent->type == wanted;
}

constexpr std::string_view flaw_in_field(const Operation& operation, const PayloadField& field) {
    const bool is_text = field.type == FieldType::text;
    const bool nested = !around(field.name).empty();
    return first_broken({
        {!is_field_name(field.name),
         "a field needs a lower snake_case name, dots between nested ones"},
        {field.comment.empty(), "a field needs a comment"},
        {!has_parent(operation, field),
         "a nested field needs the object or list around it as a field before it"},
        {!field.member.empty() && !is_pointer(field.member),
         "a field's member must be a JSON pointer"},
        {!field.values.empty() && !is_text, "only a text has a list of values"},
        {field.secret && (!is_text || nested), "a secret must be a text of the payload itself"},
        {!field.or_field.empty() && field_of(operation, field.or_field) == nullptr,
         "what may stand for a field must be a field, too"},
        {(field.spends.when == Spends::When::value) != !field.spends.value.empty(),
         "a value that spends money must be named"},
    });
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

constexpr std::string_view flaw_in_fields(const Operation& operation) {
    for (const PayloadField& field : operation.fields)
        if (const std::string_view flaw = flaw_in_field(operation, field); !flaw.empty())
            return flaw;
    return {};
}

constexpr std::string_view flaw_in_paths(const Operation& operation) {
    if (operation.path.empty())
        return "an operation needs a path";
    for (const std::string_view path : {operation.path, operation.or_path, operation.item_path})
        if (!path.empty())
            if (const std::string_view flaw = flaw_in_path(operation, path); !flaw.empty())
                return flaw;
    return {};
}

constexpr std::string_view flaw_in_refreshes(const Operation& operation) {
    for (const Refresh& refresh : operation.refreshes) {
        if ((refresh.how == Refresh::How::listed) == refresh.path.empty())
            return "what is listed, and nothing else, needs the path of its listing";
        if (!refresh.path.empty())
            if (const std::string_view flaw = flaw_in_path(operation, refresh.path); !flaw.empty())
                return flaw;
    }
    return {};
}

constexpr std::string_view flaw_in_operation(const Operation& operation) {
    const std::string_view fields = flaw_in_fields(operation);
    const std::string_view paths = flaw_in_paths(operation);
    const std::string_view refreshes = flaw_in_refreshes(operation);
    const bool reads_item = !operation.item_path.empty();
    return first_broken({
        {!is_identifier(operation.name), "an operation needs a lower snake_case name"},
        {operation.comment.empty() || operation.source.empty(),
         "an operation needs a comment and the page that it was read from"},
        {!fields.empty(), fields},
        {!paths.empty(), paths},
        {!refreshes.empty(), refreshes},
        {operation.body == Body::whole && !reads_item,
         "what is sent back as a whole must be read first"},
        {!operation.copied.empty() && !reads_item,
         "what is copied from an item must be read first"},
        {operation.etag != Etag::none && operation.body != Body::whole,
         "an ETag is that of a resource that was read"},
        {operation.method == "POST" && operation.look == Look::none && operation.refreshes.empty(),
         "a POST acts twice, unless it says how things are to be"},
    });
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
