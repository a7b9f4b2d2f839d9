#include "sync/write/allowance.hpp"

#include "sync/write/write_request.hpp"

namespace pcmirror {

std::string
not_allowed(const AllowedOperations& allowed, const Operation& operation, const Document& payload) {
    if (!allowed.operation(operation))
        return std::string(operation.name);
    for (const PayloadField& field : operation.fields) {
        const Document* value = payload.find('/' + std::string(field.name));
        if (value == nullptr)
            continue;
        const bool spends =
            field.spends.when == Spends::When::value &&
            spelt_value(operation, field, *value).same_as(Document::parse(field.spends.value));
        if (!allowed.field(operation, field) || (spends && !allowed.spending(operation, field)))
            return std::string(operation.name) + '.' + std::string(field.name);
    }
    return {};
}

} // namespace pcmirror
