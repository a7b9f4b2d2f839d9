#include "tests/simulator/change.hpp"
#include "tests/simulator/control_writes.hpp"
#include "tests/simulator/customers.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/service.hpp"
#include "tests/simulator/truth.hpp"

#include <charconv>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pcmirror::simulator {

namespace {

using Json = nlohmann::json;

Reply text_reply(std::string_view type, std::string body) {
    Reply reply;
    reply.headers.emplace_back("Content-Type", type);
    reply.body = std::move(body);
    return reply;
}

Reply json_reply(const Json& json) {
    return text_reply("application/json", json.dump() + "\n");
}

Json read_body(const Request& request) {
    return Json::parse(request.body);
}

std::uint64_t number(const Request& request, std::string_view name, std::uint64_t initial) {
    const auto given = request.parameter(name);
    if (given)
        std::from_chars(given->data(), given->data() + given->size(), initial);
    return initial;
}

// As many as the truth has rows of.
std::uint64_t count_licenses(const State& state, const View& view) {
    std::uint64_t count = 0;
    for (std::uint32_t index = 0; index < view.customer_slots(); ++index) {
        const SwitchValues switches = state.switches.of(customer_id(state.seed, index));
        count += view.count_licenses(index, switches.is_on(Switch::deleted_keep_licenses));
    }
    return count;
}

Reply tell_world(State& state, const Request&) {
    const View view(state.world, Clock::time_point::max());
    Json examples = Json::object();
    // Customers that every world of some size has.
    constexpr std::pair<const char*, std::uint32_t> named[] = {
        {"first_customer", 0}, {"empty_customer", 1}};
    for (const auto& [name, index] : named)
        if (index < view.customer_slots() && view.customer(index).exists)
            examples[name] = customer_id(state.seed, index);
    return json_reply({
        {"seed", state.seed},
        {"customers", view.count_customers()},
        {"subscriptions", view.count_subscriptions()},
        {"users", view.count_users()},
        {"licenses", count_licenses(state, view)},
        {"examples", examples},
    });
}

Reply tell_truth(State& state, const Request& request) {
    const std::vector<std::string> segments = path_segments(request.path());
    auto pieces = truth_of(
        state.world,
        state.switches,
        segments.back(),
        request.parameter("customer").value_or(""),
        request.parameter("details").has_value()
    );
    if (!pieces)
        return {.status = 404};
    Reply reply = text_reply("application/x-ndjson", "");
    reply.pieces = std::move(*pieces);
    return reply;
}

Reply change(State& state, const Request& request) {
    return json_reply(change_world(state.world, read_body(request)));
}

Reply set_switches(State& state, const Request& request) {
    const Json wish = read_body(request);
    const std::string customer = wish.value("customer", "");
    for (const auto& [name, value] : wish.items()) {
        if (name == "customer")
            continue;
        std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        if (value.is_boolean())
            text = value.get<bool>() ? "on" : "off";
        if (const auto wrong = state.switches.set(customer, name, text))
            throw std::invalid_argument(*wrong);
    }
    return json_reply({{"set", wish}});
}

Reply tell_switches(State& state, const Request& request) {
    const SwitchValues values =
        state.switches.of(lower_case(request.parameter("customer").value_or("")));
    Json json = Json::object();
    for (const SwitchDescription& each : switch_descriptions()) {
        if (each.choices.empty())
            json[std::string(each.name)] = values[each.id];
        else
            json[std::string(each.name)] = spell_switch(each, values[each.id]);
    }
    return json_reply(json);
}

Reply add_faults(State& state, const Request& request) {
    if (const auto wrong = state.faults.add(read_body(request)))
        throw std::invalid_argument(*wrong);
    return json_reply(state.faults.list());
}

struct ControlRoute {
    std::string_view method;
    std::string_view path; ///< a trailing '*' stands for one more segment
    std::string_view help;
    Reply (*answer)(State& state, const Request& request);
};

constexpr ControlRoute routes[] = {
    {"GET", "/world", "counts, and ids of customers that every world has", tell_world},
    {"GET",
     "/truth/*",
     "NDJSON of customers, subscriptions, users, subscribed_skus, user_licenses, orders, "
     "directory_roles, role_members, agreements, qualifications, spending_budgets, "
     "self_serve_policies or domains as a mirror must show them; ?customer=ID, ?details=1",
     tell_truth},
    {"POST", "/change", "changes the world (below); answers what it did", change},
    {"POST", "/faults", "adds a rule or an array of them (below)", add_faults},
    {"GET",
     "/faults",
     "the rules, with how often each matched and fired",
     [](State& state, const Request&) { return json_reply(state.faults.list()); }},
    {"DELETE",
     "/faults",
     "removes all rules",
     [](State& state, const Request&) {
         state.faults.clear();
         return json_reply(Json::array());
     }},
    {"POST",
     "/switches",
     R"({"name": value, ...}; with "customer": ID for that one only)",
     set_switches},
    {"GET", "/switches", "their values; ?customer=ID", tell_switches},
    {"GET",
     "/effects",
     "what writes have done, counted by operation; ?operation=NAME, ?customer=ID, ?target=ID",
     tell_effects},
    {"DELETE", "/effects", "forgets them", forget_effects},
    {"POST",
     "/holds",
     R"(from now on reads show nothing new; {"customer": ID, "reads": "all|listings|items"})",
     hold_reads},
    {"GET",
     "/holds",
     "what is held, and the subscriptions whose accepted change does not show yet",
     tell_holds},
    {"DELETE", "/holds", "everything shows at once; ?customer=ID: of that one", release_reads},
    {"DELETE",
     "/request_ids",
     "forgets the MS-RequestIds of writes: what is repeated acts again",
     forget_request_ids},
    {"POST",
     "/tokens",
     "access_token_lifetime (s), rotate, forget_old_refresh_token, client_kind, consent_refusal, "
     "form_post, redirect_uris, approve_device_codes, device_polls, device_interval (s), "
     "device_lifetime (s), new_uri_name: set; revoke_refresh_token, expire_access_tokens, "
     "issue_refresh_token, issue_code: done at once",
     [](State& state, const Request& request) {
         return json_reply(state.tokens.control(read_body(request)));
     }},
    {"GET",
     "/log",
     "NDJSON of the requests to the API; ?since=NUMBER",
     [](State& state, const Request& request) {
         return text_reply("application/x-ndjson", state.log.lines(number(request, "since", 0)));
     }},
    {"DELETE",
     "/log",
     "forgets them, and what /stats counts",
     [](State& state, const Request&) {
         state.log.clear();
         return json_reply(Json::array());
     }},
    {"GET",
     "/stats",
     "counts by endpoint and status, the most requests in any 60 s (?window_ms=), CPU time, how "
     "many answers were given again",
     [](State& state, const Request& request) {
         Json stats =
             state.log.stats(std::chrono::milliseconds(number(request, "window_ms", 60'000)));
         stats["answers"] = state.answers.stats();
         return json_reply(stats);
     }},
};

bool fits(const ControlRoute& route, std::string_view path) {
    if (!route.path.ends_with('*'))
        return route.path == path;
    const std::string_view start = route.path.substr(0, route.path.size() - 1);
    return path.starts_with(start) && path.find('/', start.size()) == std::string_view::npos;
}

Reply wrong(std::string_view message) {
    Reply reply = json_reply({{"error", message}});
    reply.status = 400;
    return reply;
}

} // namespace

Reply Control::answer(const Request& request) {
    int status = 404;
    for (const ControlRoute& route : routes) {
        if (!fits(route, request.path()))
            continue;
        status = 405;
        if (route.method != request.method)
            continue;
        try {
            return route.answer(state_, request);
        } catch (const std::exception& error) {
            return wrong(error.what());
        }
    }
    return {.status = status};
}

std::string describe_control() {
    std::string text;
    for (const ControlRoute& route : routes)
        text += fmt::format("  {:<6} {:<12} {}\n", route.method, route.path, route.help);
    return text;
}

} // namespace pcmirror::simulator
