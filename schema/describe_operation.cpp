#include "schema/describe_operation.hpp"

#include "schema/well_formed_operation.hpp"

#include <algorithm>

namespace pcmirror {
namespace {

void append(std::string& list, std::string_view separator, std::string_view item) {
    if (!list.empty())
        list += separator;
    list += item;
}

/// Whether another field names it as the one that may stand for it.
bool stands_for_another(const Operation& operation, const PayloadField& field) {
    return std::ranges::any_of(operation.fields, [&](const PayloadField& other) {
        return other.or_field == field.name;
    });
}

std::string fields_text(const Operation& operation) {
    std::string required;
    std::string one_of;
    std::string optional;
    for (const PayloadField& field : operation.fields) {
        if (field.need == Need::required && required_with(operation, field).empty()) {
            append(required, ", ", field.name);
            if (!field.or_field.empty())
                append(required, "|", field.or_field);
        } else if (field.need == Need::one_of) {
            append(one_of, "|", field.name);
        } else if (!stands_for_another(operation, field)) {
            append(optional, ", ", "[" + std::string(field.name) + "]");
        }
    }
    std::string text = required;
    if (!one_of.empty())
        append(text, ", ", one_of);
    if (!optional.empty())
        append(text, ", ", optional);
    return text;
}

std::string spends_text(const Operation& operation) {
    if (operation.spends)
        return "yes";
    std::string text;
    for (const PayloadField& field : operation.fields) {
        if (field.spends.when == Spends::When::always)
            append(text, ", ", field.name);
        else if (field.spends.when == Spends::When::value)
            append(text, ", ", std::string(field.name) + " " + std::string(field.spends.value));
    }
    return text.empty() ? "no" : text;
}

std::string need_text(const Operation& operation, const PayloadField& field) {
    const std::string_view with = required_with(operation, field);
    switch (field.need) {
    case Need::required:
        return with.empty() ? "required" : "required with `" + std::string(with) + "`";
    case Need::one_of:
        return "at least one of these";
    case Need::optional:
        return "";
    }
    return "?";
}

std::string notes(const PayloadField& field) {
    std::string text(field.comment);
    if (!field.or_field.empty())
        text += "; or `" + std::string(field.or_field) + "`";
    if (field.secret)
        text += "; secret";
    if (field.nullable)
        text += "; may be null";
    if (field.spends.when == Spends::When::always)
        text += "; may spend money";
    else if (field.spends.when == Spends::When::value)
        text += "; `" + std::string(field.spends.value) + "` may spend money";
    return text;
}

std::string repeat_text(const Operation& operation) {
    if (operation.look == Look::none)
        return "it says how things are to be, and may be sent again";
    return "before it is sent again it is looked up whether an earlier attempt took effect" +
           (operation.settle_time.count() == 0
                ? std::string()
                : "; a look that finds nothing counts after " +
                      std::to_string(operation.settle_time.count()) + " s");
}

std::string operation_text(const Operation& operation) {
    const DescribedOperation shown = describe(operation);
    std::string text =
        "\n## " + shown.operation + "\n\n" + std::string(operation.comment) + ".\n\n";
    text += "* request: `" + shown.endpoint + "`";
    if (!operation.or_path.empty())
        text += ", or `" + std::string(operation.or_path) + "` where the API does not know that";
    text += "\n* of " + std::string(operation.per_customer ? "a customer" : "the partner") + "\n";
    text += "* sign-in: " + shown.sign_in + "\n* spends money: " + shown.spends + "\n";
    text += "* where no answer came: " + repeat_text(operation) + "\n";
    if (!operation.only_in_answer.empty())
        text += "* its answer has a secret that exists nowhere else: `pcmirror job secret ID` "
                "prints it, once, within a day\n";
    text += "* read from: " + std::string(operation.source) + "\n";
    if (operation.fields.empty())
        return text + "\nIts payload is `{}`.\n";
    text += "\n| field | type | | |\n| --- | --- | --- | --- |\n";
    for (const PayloadField& field : operation.fields)
        text += "| `" + std::string(field.name) + "` | " + std::string(to_string(field.type)) +
                " | " + need_text(operation, field) + " | " + notes(field) + " |\n";
    return text;
}

std::string sign_in_text(const Operation& operation) {
    std::string text = operation.sign_in == SignIn::app ? "app" : "app and user";
    for (const PayloadField& field : operation.fields)
        if (field.wants_user && operation.sign_in == SignIn::app)
            text += ", with " + std::string(field.name) + " app and user";
    return text;
}

} // namespace

std::string_view required_with(const Operation& operation, const PayloadField& field) {
    if (field.need != Need::required)
        return {};
    for (std::string_view around = well_formed::around(field.name); !around.empty();
         around = well_formed::around(around)) {
        if (around.ends_with("[]"))
            around.remove_suffix(2);
        if (field_of(operation, around)->need != Need::required)
            return around;
    }
    return {};
}

DescribedOperation describe(const Operation& operation) {
    DescribedOperation shown;
    shown.operation = operation.name;
    shown.endpoint = std::string(operation.method) + ' ' + std::string(operation.path);
    shown.fields = fields_text(operation);
    shown.spends = spends_text(operation);
    shown.sign_in = sign_in_text(operation);
    return shown;
}

std::string markdown_text(const OperationCatalogue& catalogue) {
    std::string text = "# Operations\n\n"
                       "What can be written back, and the payload of each. Generated from the "
                       "descriptions in `schema/operations` by `pcmirror operations --markdown`.\n";
    for (const Operation* operation : catalogue)
        text += operation_text(*operation);
    return text;
}

} // namespace pcmirror
