#pragma once

#include "schema/operation_catalogue.hpp"

#include <string>

namespace pcmirror {

/// What of an operation is shown to people, in the words of `pcmirror operations`.
struct DescribedOperation {
    std::string operation;
    std::string endpoint;
    std::string fields;  ///< required ones first; optional ones in brackets, `a|b`: at least one
    std::string spends;  ///< `no`, `yes`, or which fields (and values) do
    std::string sign_in; ///< the least that suffices
};

/// Of a field that is only required where something optional around it is there: that one. Empty:
/// it is always required, or never.
std::string_view required_with(const Operation& operation, const PayloadField& field);

DescribedOperation describe(const Operation& operation);

/// The reference of all operations and fields in Markdown: schema/OPERATIONS.md.
std::string markdown_text(const OperationCatalogue& catalogue);

} // namespace pcmirror
