#include "tests/simulator/truth.hpp"

#include "tests/simulator/customers.hpp"
#include "tests/simulator/guid.hpp"
#include "tests/simulator/spell.hpp"
#include "tests/simulator/subscriptions.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

// Microseconds, cut off; zeros at the end of the fraction are not written.
void append_moment(std::string& out, Moment moment) {
    if (moment == year_one) {
        out += "null";
        return;
    }
    std::string text = spell_moment(moment, 6, 0, "");
    text.resize(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
        text.pop_back();
    fmt::format_to(std::back_inserter(out), "\"{}+00:00\"", text);
}

void append_list(std::string& out, const std::vector<std::string>& members) {
    out += '[';
    for (const std::string& member : members) {
        out += member;
        out += &member == &members.back() ? "" : ",";
    }
    out += ']';
}

std::string quoted(const std::string& text) {
    std::string json;
    append_json_string(json, text);
    return json;
}

struct AppendValue {
    std::string& out;

    void operator()(std::monostate) const { out += "null"; }

    void operator()(const std::string& text) const { append_json_string(out, text); }

    void operator()(std::int64_t number) const { out += fmt::format("{}", number); }

    void operator()(bool flag) const { out += flag ? "true" : "false"; }

    void operator()(Moment moment) const { append_moment(out, moment); }

    void operator()(const Json& json) const { out += json.text; }

    void operator()(Texts texts) const {
        std::sort(texts.members.begin(), texts.members.end());
        for (std::string& member : texts.members)
            member = quoted(member);
        append_list(out, texts.members);
    }

    void operator()(Jsons jsons) const {
        std::sort(jsons.members.begin(), jsons.members.end());
        append_list(out, jsons.members);
    }
};

// {"tags":["a"],"attributes":{"tier":"gold"}}
std::string extra_of(const Item& item) {
    std::vector<std::string> members;
    for (const Unknown& unknown : item.unknown) {
        if (unknown.parent.empty()) {
            members.push_back(quoted(unknown.name) + ":" + unknown.json);
            continue;
        }
        const std::string opening = quoted(unknown.parent) + ":{";
        const std::string inside = quoted(unknown.name) + ":" + unknown.json + "}";
        const auto nested =
            std::find_if(members.begin(), members.end(), [&](const std::string& each) {
                return each.starts_with(opening);
            });
        if (nested == members.end())
            members.push_back(opening + inside);
        else
            nested->replace(nested->size() - 1, 1, "," + inside);
    }
    return fmt::format("{{{}}}", fmt::join(members, ","));
}

} // namespace

void append_truth(
    std::string& out,
    std::span<const Field> fields,
    const Item& item,
    std::string_view customer_id,
    bool details
) {
    out += '{';
    if (!customer_id.empty())
        out += fmt::format(R"("customer_id":"{}",)", customer_id);
    for (std::size_t at = 0; at < fields.size(); ++at) {
        if (fields[at].column.empty() || (fields[at].shown != Shown::always && !details))
            continue;
        out += fmt::format("\"{}\":", fields[at].column);
        std::visit(AppendValue{out}, item.values[at]);
        out += ',';
    }
    if (item.unknown.empty())
        out.pop_back();
    else
        out += "\"extra\":" + extra_of(item);
    out += "}\n";
}

namespace {

void append_customer(std::string& out, const View& view, std::uint32_t index, bool details) {
    Item item = view.customer_item(index);
    if (details)
        add_customer_details(item, view.options().seed, index);
    append_truth(out, customer_fields, item, {}, details);
}

void append_subscriptions(std::string& out, const View& view, std::uint32_t index, bool details) {
    const CustomerState owner = view.customer(index);
    const std::string id = customer_id(view.options().seed, index);
    for (std::uint32_t number = owner.first; number < owner.end; ++number)
        if (view.subscription(index, number).exists)
            append_truth(
                out, subscription_fields, view.subscription_item(index, number), id, details
            );
}

struct Resource {
    std::string_view name;
    void (*append)(std::string& out, const View& view, std::uint32_t customer, bool details);
};

constexpr Resource resources[] = {
    {"customers", append_customer},
    {"subscriptions", append_subscriptions},
};

} // namespace

std::optional<std::function<bool(std::string& piece)>>
truth_of(const World& world, std::string_view resource, std::string_view customer, bool details) {
    const auto* found =
        std::find_if(std::begin(resources), std::end(resources), [&](const Resource& each) {
            return each.name == resource;
        });
    if (found == std::end(resources))
        return {};
    constexpr std::size_t piece_size = 1 << 18;
    return [&world,
            append = found->append,
            only = lower_case(customer),
            details,
            next = std::uint32_t{0}](std::string& piece) mutable {
        const View view(world, Clock::time_point::max());
        if (!only.empty()) {
            if (const auto index = view.find_customer(only))
                append(piece, view, *index, details);
            return false;
        }
        for (; next < view.customer_slots() && piece.size() < piece_size; ++next)
            if (view.customer(next).exists)
                append(piece, view, next, details);
        return next < view.customer_slots();
    };
}

} // namespace pcmirror::simulator
