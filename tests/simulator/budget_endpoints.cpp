#include "tests/simulator/budgets.hpp"
#include "tests/simulator/customers.hpp"
#include "tests/simulator/families.hpp"
#include "tests/simulator/plain_answers.hpp"
#include "tests/simulator/write.hpp"

namespace pcmirror::simulator {

namespace {

Frame frame(const Call& call) {
    return {
        .object_type = "SpendingBudget",
        .self =
            "/customers/" + customer_id(call.world.options().seed, call.customer) + "/usagebudget"};
}

Reply get_budget(Call& call) {
    const Item item = call.world.shelf(call.customer, Shelf::budget).at(0);
    return item_answer(call, budget_fields, item, frame(call));
}

// An explicit null takes the budget away.
Value read_amount(const nlohmann::json& body) {
    const auto amount = body.find("amount");
    if (amount == body.end())
        refuse_member("amount", "it is required");
    if (amount->is_null())
        return {};
    if (!amount->is_number() || amount->get<double>() < 0)
        refuse_member("amount", "it must be a number that is not negative");
    return Json{amount->dump()};
}

Reply update_budget(Write& write) {
    const Item item = budget_of(read_amount(write.body));
    const bool changed = write.edit.shelf(write.call.customer, Shelf::budget).at(0) != item;
    write.edit.set_shelf(write.call.customer, Shelf::budget, {item});
    write.done(write.customer(), changed);
    return item_answer(write.call, budget_fields, item, frame(write.call));
}

constexpr Endpoint table[] = {
    {.name = "get_spending_budget",
     .path = "/v1/customers/{customer_id}/usagebudget",
     .answer = get_budget},
    {.name = "update_spending_budget",
     .method = "PATCH",
     .path = "/v1/customers/{customer_id}/usagebudget",
     .write = update_budget},
};

} // namespace

std::span<const Endpoint> budget_endpoints() {
    return table;
}

} // namespace pcmirror::simulator
