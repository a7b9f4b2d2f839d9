#include "sync/write/payload_leaves.hpp"

#include "schema/letters.hpp"
#include "sync/http/url.hpp"
#include "sync/records/normal.hpp"

namespace pcmirror {
namespace {

void collect(
    const Operation& operation,
    const Document& object,
    const std::string& prefix,
    std::vector<PayloadLeaf>& leaves
) {
    for (const auto& [name, value] : object.members()) {
        const std::string full = prefix + name;
        const PayloadField* field = field_of(operation, full);
        if (field == nullptr || field->place != FieldPlace::body)
            continue;
        if (field->type == FieldType::object)
            collect(operation, value, full + '.', leaves);
        else
            leaves.push_back({full, field, &value});
    }
}

/// `1.50` and `1.5` are one number.
std::string plain_number(std::string number) {
    if (number.find('.') == std::string::npos)
        return number;
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.')
        number.pop_back();
    return number;
}

} // namespace

std::vector<PayloadLeaf> leaves_of(const Operation& operation, const Document& payload) {
    std::vector<PayloadLeaf> leaves;
    collect(operation, payload, "", leaves);
    return leaves;
}

std::string plain_value(const PayloadField& field, const Document& value) {
    if (value.kind() == Document::Kind::number)
        return plain_number(read_numeric(value.text()).value_or(value.text()));
    if (value.kind() != Document::Kind::string)
        return value.json();
    std::string text = fold_guid(value.text());
    if (field.values.empty())
        return text;
    std::erase(text, '_');
    return http::lower_case(text);
}

} // namespace pcmirror
