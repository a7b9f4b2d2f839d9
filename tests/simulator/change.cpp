#include "tests/simulator/change.hpp"

#include "tests/simulator/operation.hpp"

#include <fmt/format.h>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

constexpr std::span<const Operation> (*tables[]
)() = {customer_operations, user_operations, license_operations};

const Operation& operation_named(std::string_view member) {
    for (const auto& table : tables)
        for (const Operation& operation : table())
            if (operation.member == member)
                return operation;
    throw std::invalid_argument(fmt::format("{}: no such change", member));
}

void append(Wish& list, Wish done) {
    if (done.is_array())
        list.insert(list.end(), done.begin(), done.end());
    else
        list.push_back(std::move(done));
}

} // namespace

nlohmann::json change_world(World& world, const nlohmann::json& wish) {
    Edit edit(world);
    if (!wish.is_object() || wish.empty())
        throw std::invalid_argument("a change is an object (see --help)");
    if (wish.contains("count"))
        return change_at_random(edit, wish);
    Wish done = Wish::array();
    for (const auto& [member, value] : wish.items())
        append(done, operation_named(member).apply(edit, value));
    return done;
}

std::string describe_operations() {
    std::string text;
    for (const auto& table : tables)
        for (const Operation& operation : table())
            text += fmt::format("  {{\"{}\": {}}}\n", operation.member, operation.form);
    return text;
}

} // namespace pcmirror::simulator
