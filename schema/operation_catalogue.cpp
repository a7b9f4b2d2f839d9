#include "schema/operation_catalogue.hpp"

#include "schema/operations/customers.hpp"
#include "schema/operations/profiles.hpp"
#include "schema/operations/subscriptions.hpp"
#include "schema/operations/users.hpp"
#include "schema/well_formed_operation.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace pcmirror {
namespace {

constexpr std::array<const Operation*, 20> listed{
    &operations::create_customer,
    &operations::remove_reseller_relationship,
    &operations::add_verified_domain,
    &operations::update_billing_profile,
    &operations::update_spending_budget,
    &operations::update_qualification,
    &operations::confirm_customer_agreement,
    &operations::update_subscription,
    &operations::update_order_billing_cycle,
    &operations::create_user,
    &operations::update_user,
    &operations::delete_user,
    &operations::restore_user,
    &operations::reset_user_password,
    &operations::add_user_role,
    &operations::remove_user_role,
    &operations::assign_licenses,
    &operations::create_self_serve_policy,
    &operations::update_self_serve_policy,
    &operations::delete_self_serve_policy,
};

static_assert(flaw_in(listed).empty());

std::string_view to_string(Need need) {
    switch (need) {
    case Need::required:
        return "required";
    case Need::one_of:
        return "one_of";
    case Need::optional:
        return "optional";
    }
    return "?";
}

std::string_view to_string(FieldPlace place) {
    switch (place) {
    case FieldPlace::body:
        return "body";
    case FieldPlace::path:
        return "path";
    case FieldPlace::instead:
        return "instead";
    }
    return "?";
}

std::string full_name(const Operation& operation, const PayloadField& field) {
    return std::string(operation.name) + '.' + std::string(field.name);
}

nlohmann::json field_json(
    const Operation& operation, const PayloadField& field, const AllowedOperations& allowed
) {
    nlohmann::json json{
        {"field", field.name},
        {"comment", field.comment},
        {"type", to_string(field.type)},
        {"need", to_string(field.need)},
        {"or_field", nullptr},
        {"place", to_string(field.place)},
        {"nullable", field.nullable},
        {"secret", field.secret},
        {"of_customer", field.of_customer},
        {"one_of", nullptr},
        {"allowed", allowed.field(operation, field)},
        {"spends_money", field.spends.when != Spends::When::never},
        {"spending_value", nullptr}};
    if (!field.or_field.empty())
        json["or_field"] = field.or_field;
    if (!field.values.empty())
        json["one_of"] = field.values;
    if (field.spends.when == Spends::When::value && !allowed.spending(operation, field))
        json["spending_value"] = nlohmann::json::parse(field.spends.value);
    return json;
}

} // namespace

std::string_view to_string(FieldType type) {
    switch (type) {
    case FieldType::text:
        return "text";
    case FieldType::guid:
        return "guid";
    case FieldType::integer:
        return "integer";
    case FieldType::decimal:
        return "decimal";
    case FieldType::boolean:
        return "boolean";
    case FieldType::timestamp:
        return "timestamp";
    case FieldType::object:
        return "object";
    case FieldType::list:
        return "list";
    case FieldType::text_list:
        return "text_list";
    case FieldType::json:
        return "json";
    }
    return "?";
}

const OperationCatalogue& operation_catalogue() {
    static constexpr OperationCatalogue shipped{listed};
    return shipped;
}

bool AllowedOperations::named(std::string_view name) const {
    return std::ranges::find(names_, name) != names_.end();
}

bool AllowedOperations::by_fields(const Operation& operation) const {
    return std::ranges::any_of(operation.fields, [&](const PayloadField& field) {
        return named(full_name(operation, field));
    });
}

bool AllowedOperations::operation(const Operation& operation) const {
    if (names_.empty())
        return !operation.spends;
    return named(operation.name) || by_fields(operation);
}

bool AllowedOperations::field(const Operation& operation, const PayloadField& field) const {
    if (names_.empty())
        return field.spends.when != Spends::When::always;
    if (named(operation.name) || named(full_name(operation, field)) ||
        field.need == Need::required || field.place != FieldPlace::body)
        return true;
    // What is inside of an object is allowed with it.
    const std::size_t inside = std::min(field.name.find('.'), field.name.find('['));
    return inside != std::string_view::npos &&
           named(std::string(operation.name) + '.' + std::string(field.name.substr(0, inside)));
}

bool AllowedOperations::spending(const Operation& operation, const PayloadField& field) const {
    return named(operation.name) || named(full_name(operation, field));
}

std::vector<std::string>
unknown_in(const std::vector<std::string>& names, const OperationCatalogue& catalogue) {
    std::vector<std::string> unknown;
    for (const std::string& name : names) {
        const std::size_t dot = name.find('.');
        const Operation* operation = catalogue.find(name.substr(0, dot));
        if (operation == nullptr ||
            (dot != std::string::npos && field_of(*operation, name.substr(dot + 1)) == nullptr))
            unknown.push_back(name);
    }
    return unknown;
}

std::string operations_json(const OperationCatalogue& catalogue, const AllowedOperations& allowed) {
    nlohmann::json all = nlohmann::json::array();
    for (const Operation* operation : catalogue) {
        nlohmann::json fields = nlohmann::json::array();
        for (const PayloadField& field : operation->fields)
            fields.push_back(field_json(*operation, field, allowed));
        all.push_back(
            {{"operation", operation->name},
             {"comment", operation->comment},
             {"method", operation->method},
             {"path", operation->path},
             {"per_customer", operation->per_customer},
             {"takes_expect", takes_expect(*operation)},
             {"spends_money", spends_money(*operation)},
             {"allowed", allowed.operation(*operation)},
             {"fields", std::move(fields)}}
        );
    }
    return all.dump();
}

} // namespace pcmirror
