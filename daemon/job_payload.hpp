#pragma once

#include "schema/operation_catalogue.hpp"
#include "sync/write/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// The operation whose name is most like this one; empty: none is.
std::string nearest_operation(const std::string& name);

/// The field that `--set` or a column names, also behind `expect.` where the operation takes that;
/// null: there is none.
const PayloadField* named_field(const Operation& operation, std::string_view name);

/// How a job stands among others of its customer. Throws `Error` (fix_config) for what is no
/// number, or none that the database can hold.
int priority_of(const std::string& text);

/// A payload from `--set key=value`: dots reach into nested members, the field's description says
/// what the value is (`payload_value`). Throws `Error` (fix_config) for what is no `key=value`, or
/// no JSON where that is wanted.
std::string payload_of(
    const Operation& operation, const std::string& begun, const std::vector<std::string>& set
);

/// A value of a field as people write it: lists by their values with semicolons between them, or
/// like objects as JSON; `null` is null where the field may be, and in `expect.` anywhere. What is
/// of the wrong type is handed on as text: the database says what is wanted. Throws `Error`
/// (fix_config), without the value, where it has to be JSON and isn't, and for `null` where a text
/// of these letters would be meant.
Document
payload_value(const Operation& operation, const std::string& name, const std::string& value);

} // namespace pcmirror
