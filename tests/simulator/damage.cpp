#include "tests/simulator/damage.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace pcmirror::simulator {

namespace {

struct Damage {
    enum class To { key, text, integer, moment, added };

    std::string_view kind = {};
    To to = To::text;
    std::string_view json = {}; ///< what stands there instead; for `added`: a whole member
    std::string_view help = {};
};

constexpr Damage damages[] = {
    {"lone_surrogate", Damage::To::text, R"("half \ud83d")", "half of a surrogate pair in a text"},
    {"bad_utf8", Damage::To::text, "\"caf\xc3(\"", "bytes that are not UTF-8"},
    {"nul", Damage::To::text, R"("a\u0000b")", "U+0000 in a text"},
    {"wrong_type",
     Damage::To::text,
     R"({"unexpected":"object"})",
     "an object where a text belongs"},
    {"absurd_number", Damage::To::integer, "1e999999999", "a number beyond every range"},
    {"large_number", Damage::To::integer, "99999999999999999999", "an integer beyond 64 bits"},
    {"fraction", Damage::To::integer, "2.5", "a fraction where an integer belongs"},
    {"date_out_of_range",
     Damage::To::moment,
     R"("2018-13-45T25:61:61Z")",
     "a date that no calendar has"},
    {"missing_key", Damage::To::key, "", "the key member is missing"},
    {"null_key", Damage::To::key, "null", "the key is null"},
    {"key_not_guid", Damage::To::key, R"("not-a-guid")", "the key is no GUID"},
    {"truncated_guid",
     Damage::To::key,
     R"("0b3f8a52-9c1d-4e7f-8a60-")",
     "the key is the beginning of a GUID"},
    {"deep_nesting", Damage::To::added, "deep", "an unknown member nested 200 deep"},
    {"absurd_unknown",
     Damage::To::added,
     R"("weight":1e999999999,)",
     "an unknown member that no column holds"},
};

struct Span {
    std::size_t name = 0; ///< of the member's opening quote
    std::size_t begin = 0;
    std::size_t end = 0;
};

std::size_t end_of_string(std::string_view json, std::size_t at) {
    for (++at; json[at] != '"'; ++at)
        if (json[at] == '\\')
            ++at;
    return at + 1;
}

std::size_t end_of_number_or_word(std::string_view json, std::size_t at) {
    return std::min(json.find_first_of(",}]", at), json.size());
}

std::size_t end_of_composite(std::string_view json, std::size_t at) {
    int depth = 0;
    do {
        const char c = json[at];
        at = c == '"' ? end_of_string(json, at) : at + 1;
        depth += c == '{' || c == '[' ? 1 : 0;
        depth -= c == '}' || c == ']' ? 1 : 0;
    } while (depth > 0 && at < json.size());
    return at;
}

std::size_t end_of_value(std::string_view json, std::size_t at) {
    const char first = at < json.size() ? json[at] : '\0';
    if (first == '"')
        return end_of_string(json, at);
    return first == '{' || first == '[' ? end_of_composite(json, at)
                                        : end_of_number_or_word(json, at);
}

// A member of the object that begins at `object`.
std::optional<Span> find_member(std::string_view json, std::size_t object, std::string_view path) {
    const std::string_view name = path.substr(0, path.find('/'));
    std::size_t at = object + 1;
    while (at < json.size() && json[at] == '"') {
        const std::size_t after_name = end_of_string(json, at);
        const Span span{at, after_name + 1, end_of_value(json, after_name + 1)};
        if (json.substr(at + 1, after_name - at - 2) == name) {
            if (name.size() == path.size())
                return span;
            return find_member(json, span.begin, path.substr(name.size() + 1));
        }
        at = span.end + 1;
    }
    return {};
}

std::string_view member_for(Damage::To to, const Damageable& members) {
    switch (to) {
    case Damage::To::key:
        return members.key;
    case Damage::To::text:
        return members.text;
    case Damage::To::integer:
        return members.integer;
    case Damage::To::moment:
        return members.moment;
    case Damage::To::added:
        return {};
    }
    return {};
}

} // namespace

bool is_damage(std::string_view kind) {
    for (const Damage& each : damages)
        if (each.kind == kind)
            return true;
    return false;
}

bool damage(std::string& record, std::string_view kind, const Damageable& members) {
    for (const Damage& each : damages) {
        if (each.kind != kind)
            continue;
        if (each.to == Damage::To::added) {
            const std::string deep =
                R"("deep":)" + std::string(200, '[') + std::string(200, ']') + ",";
            record.insert(1, each.json == "deep" ? deep : std::string(each.json));
            return true;
        }
        const std::string_view member = member_for(each.to, members);
        if (member.empty())
            return false;
        const auto span = find_member(record, 0, member);
        if (!span)
            return false;
        if (each.json.empty())
            record.insert(span->name + 1, "former_");
        else
            record.replace(span->begin, span->end - span->begin, each.json);
        return true;
    }
    return false;
}

std::string describe_damage() {
    std::string text;
    for (const Damage& each : damages)
        text += fmt::format("    {:<18} {}\n", each.kind, each.help);
    return text;
}

} // namespace pcmirror::simulator
