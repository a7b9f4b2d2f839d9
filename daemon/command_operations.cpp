#include "daemon/commands.hpp"
#include "daemon/json.hpp"
#include "daemon/output.hpp"
#include "daemon/table.hpp"
#include "schema/describe_operation.hpp"

#include <array>

namespace pcmirror {
namespace {

void write_field(JsonWriter& json, const Operation& operation, const PayloadField& field) {
    const auto text_or_null = [&json](std::string_view key, std::string_view value) {
        json.key(key);
        value.empty() ? json.null() : json.text(value);
    };
    const std::string_view with = required_with(operation, field);
    json.begin_object().key("field").text(field.name);
    json.key("type").text(to_string(field.type));
    json.key("required")
        .boolean(field.need == Need::required && with.empty() && field.or_field.empty());
    text_or_null("required_with", with);
    text_or_null("required_unless", field.or_field);
    json.key("one_of_these").boolean(field.need == Need::one_of);
    json.key("secret").boolean(field.secret);
    json.key("spends_money").boolean(field.spends.when != Spends::When::never);
    json.key("comment").text(field.comment);
    json.end_object();
}

std::string catalogue_json() {
    JsonWriter json;
    json.begin_array();
    for (const Operation* operation : operation_catalogue()) {
        const DescribedOperation shown = describe(*operation);
        json.begin_object().key("operation").text(shown.operation);
        json.key("endpoint").text(shown.endpoint);
        json.key("per_customer").boolean(operation->per_customer);
        json.key("sign_in").text(shown.sign_in);
        json.key("spends_money").boolean(spends_money(*operation));
        json.key("spends").text(shown.spends);
        json.key("secret_in_answer").boolean(!operation->only_in_answer.empty());
        json.key("fields").begin_array();
        for (const PayloadField& field : operation->fields)
            write_field(json, *operation, field);
        json.end_array().end_object();
    }
    json.end_array();
    return json.document();
}

std::string catalogue_table() {
    TextTable table({{"operation"}, {"endpoint"}, {"spends money"}, {"payload"}});
    for (const Operation* operation : operation_catalogue()) {
        const DescribedOperation shown = describe(*operation);
        table.add({shown.operation, shown.endpoint, shown.spends, shown.fields});
    }
    return table.text();
}

ExitCode run_operations(const Invocation& invocation) {
    if (invocation.arguments.has("--markdown"))
        print(markdown_text(operation_catalogue()));
    else
        print(invocation.json ? catalogue_json() : catalogue_table());
    return ExitCode::success;
}

constexpr std::array options{
    Option{.name = "--markdown", .text = "the reference of all operations and fields"},
};

} // namespace

const Command operations_command{
    .name = "operations",
    .summary = "what can be written back, and what it takes",
    .options = options,
    .more = "Per operation: endpoint, what of it may spend money (and so has to be named in "
            "write_back.operations), and the fields of its payload: optional ones, and what they "
            "require, in brackets, at least one of a|b.",
    .example = "pcmirror operations --json",
    .exit_codes = "0 success; 2 usage error",
    .json = true,
    .run = run_operations,
};

} // namespace pcmirror
