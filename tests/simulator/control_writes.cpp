#include "tests/simulator/control_writes.hpp"

#include "tests/simulator/customers.hpp"
#include "tests/simulator/operation.hpp"
#include "tests/simulator/subscriptions.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

Reply json_reply(const Wish& json) {
    return {.headers = {{"Content-Type", "application/json"}}, .body = json.dump() + "\n"};
}

std::string_view name_of(Reader reader) {
    return reader == Reader::listing ? "listings" : "items";
}

Wish ids_of(State& state, std::optional<std::uint32_t> customer) {
    return customer ? Wish(customer_id(state.seed, *customer)) : Wish();
}

std::optional<std::uint32_t> customer_of(const Edit& edit, const std::string& id) {
    if (id.empty())
        return {};
    return customer_named(edit, id, true);
}

} // namespace

Reply tell_holds(State& state, const Request&) {
    const View view(state.world, Clock::time_point::max());
    Wish list = Wish::array();
    for (const Hold& hold : view.holds().holds())
        list.push_back({{"customer", ids_of(state, hold.customer)}, {"reads", name_of(hold.reader)}}
        );
    for (const Deferral& each : view.holds().deferrals())
        if (view.holds().is_deferred(each.customer, each.subscription))
            list.push_back(
                {{"customer", ids_of(state, each.customer)},
                 {"subscription", subscription_id(state.seed, each.customer, each.subscription)}}
            );
    return json_reply(list);
}

Reply hold_reads(State& state, const Request& request) {
    const Wish wish = request.body.empty() ? Wish::object() : Wish::parse(request.body);
    const std::string reads = wish.value("reads", "all");
    if (reads != "all" && reads != "listings" && reads != "items")
        throw std::invalid_argument("reads: all, listings or items");
    {
        Edit edit(state.world);
        const auto customer = customer_of(edit, wish.value("customer", ""));
        for (const Reader reader : {Reader::listing, Reader::item})
            if (reads == "all" || reads == name_of(reader))
                edit.hold(customer, reader);
    }
    return tell_holds(state, request);
}

Reply release_reads(State& state, const Request& request) {
    {
        Edit edit(state.world);
        edit.release(customer_of(edit, request.parameter("customer").value_or("")));
    }
    return tell_holds(state, request);
}

Reply tell_effects(State& state, const Request& request) {
    return json_reply(state.effects.list(
        {.operation = request.parameter("operation").value_or(""),
         .customer = request.parameter("customer").value_or(""),
         .target = request.parameter("target").value_or("")}
    ));
}

Reply forget_effects(State& state, const Request& request) {
    state.effects.clear();
    return tell_effects(state, request);
}

Reply forget_request_ids(State& state, const Request&) {
    state.request_ids.clear();
    return json_reply(Wish::array());
}

} // namespace pcmirror::simulator
