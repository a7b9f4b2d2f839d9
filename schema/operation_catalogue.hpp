#pragma once

#include "schema/operation.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Operations in the order of the documentation. A value: tests make their own.
class OperationCatalogue {
  public:
    constexpr explicit OperationCatalogue(std::span<const Operation* const> operations)
        : operations_(operations) {}

    [[nodiscard]] constexpr auto begin() const { return operations_.begin(); }

    [[nodiscard]] constexpr auto end() const { return operations_.end(); }

    [[nodiscard]] constexpr std::size_t size() const { return operations_.size(); }

    /// The operation of that name, or null.
    [[nodiscard]] constexpr const Operation* find(std::string_view name) const {
        for (const Operation* operation : operations_)
            if (operation->name == name)
                return operation;
        return nullptr;
    }

  private:
    std::span<const Operation* const> operations_;
};

/// What this version of the program can write back.
const OperationCatalogue& operation_catalogue();

/// The field of that name, or null.
constexpr const PayloadField* field_of(const Operation& operation, std::string_view name) {
    for (const PayloadField& field : operation.fields)
        if (field.name == name)
            return &field;
    return nullptr;
}

/// What may be done (`write_back.operations`): operations, and `operation.field`. Empty: everything
/// that spends no money. An operation that is named may be done with all its fields, one that is
/// named by fields with these, and with those that it requires.
class AllowedOperations {
  public:
    /// Names that the catalogue does not have allow nothing; see `unknown_in`.
    explicit AllowedOperations(std::vector<std::string> names) : names_(std::move(names)) {}

    [[nodiscard]] bool operation(const Operation& operation) const;
    [[nodiscard]] bool field(const Operation& operation, const PayloadField& field) const;

    /// Whether the one value of a field that spends money is allowed, too.
    [[nodiscard]] bool spending(const Operation& operation, const PayloadField& field) const;

  private:
    [[nodiscard]] bool named(std::string_view name) const;
    [[nodiscard]] bool by_fields(const Operation& operation) const;

    std::vector<std::string> names_;
};

/// Of such a list: what no operation and no field of one is called.
std::vector<std::string>
unknown_in(const std::vector<std::string>& names, const OperationCatalogue& catalogue);

/// Operations and fields as pcmirror.operations and pcmirror.operation_fields have them: an array
/// of objects, each with its `fields`. The same catalogue and list make the same text.
std::string operations_json(const OperationCatalogue& catalogue, const AllowedOperations& allowed);

} // namespace pcmirror
