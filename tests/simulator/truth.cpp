#include "tests/simulator/truth.hpp"

#include "tests/simulator/spell.hpp"

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
    std::string& out, std::span<const Field> fields, const Item& item, RowKeys keys, bool details
) {
    out += '{';
    for (const auto& [column, value] : keys)
        fmt::format_to(std::back_inserter(out), R"("{}":"{}",)", column, value);
    for (std::size_t at = 0; at < fields.size(); ++at) {
        if (fields[at].column.empty() || (fields[at].shown != Shown::always && !details))
            continue;
        fmt::format_to(std::back_inserter(out), "\"{}\":", fields[at].column);
        std::visit(AppendValue{out}, item.values[at]);
        out += ',';
    }
    if (item.unknown.empty())
        out.pop_back();
    else
        out += "\"extra\":" + extra_of(item);
    out += "}\n";
}

} // namespace pcmirror::simulator
