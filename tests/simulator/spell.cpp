#include "tests/simulator/spell.hpp"

#include "tests/simulator/guid.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

void append_escaped(std::string& out, unsigned unit) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit);
}

bool append_special(std::string& out, char c) {
    switch (c) {
    case '"':
        out += "\\\"";
        return true;
    case '\\':
        out += "\\\\";
        return true;
    case '\n':
        out += "\\n";
        return true;
    case '\t':
        out += "\\t";
        return true;
    default:
        if (static_cast<unsigned char>(c) >= 0x20)
            return false;
        append_escaped(out, static_cast<unsigned char>(c));
        return true;
    }
}

// The code point that starts at `at`, which moves behind it. The world holds valid UTF-8 only.
unsigned take_code_point(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
    const unsigned first = byte(at);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    unsigned code = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t k = 1; k < length; ++k)
        code = (code << 6U) | (byte(at + k) & 0x3fU);
    at += length;
    return code;
}

void append_ascii_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const unsigned code = take_code_point(text, at);
        if (code >= 0x10000) {
            append_escaped(out, 0xd800U + ((code - 0x10000U) >> 10U));
            append_escaped(out, 0xdc00U + ((code - 0x10000U) & 0x3ffU));
        } else if (code >= 0x80) {
            append_escaped(out, code);
        } else if (c == '/') {
            out += "\\/";
        } else if (!append_special(out, c)) {
            out += c;
        }
    }
    out += '"';
}

std::string pascal_case(std::string_view snake) {
    std::string result;
    bool up = true;
    for (const char c : snake) {
        if (c == '_') {
            up = true;
            continue;
        }
        result += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
        up = false;
    }
    return result;
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0; // what comes before `at` from here on needs no escape
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\')
            continue;
        out.append(text, plain, at - plain);
        append_special(out, c);
        plain = at + 1;
    }
    out.append(text, plain);
    out += '"';
}

std::string spread_out(std::string_view json) {
    std::string out;
    bool in_string = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        const char c = json[at];
        out += c;
        if (in_string && c == '\\')
            out += json[++at];
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == ',' || c == '{' || c == '['))
            out += "\r\n  ";
        else if (!in_string && c == ':')
            out += ' ';
    }
    return out;
}

Speller::Speller(const SwitchValues& switches, std::uint64_t seed)
    : switches_(&switches), draw_(seed),
      escape_(switches[Switch::escapes] == mixed && draw_.one_in(8)) {}

void Speller::append(std::string& out, const Field& field, const Value& value) {
    switch (field.kind) {
    case Kind::text:
        return append_text(out, std::get<std::string>(value));
    case Kind::integer:
        fmt::format_to(std::back_inserter(out), "{}", std::get<std::int64_t>(value));
        return;
    case Kind::boolean:
        out += std::get<bool>(value) ? "true" : "false";
        return;
    case Kind::moment:
        return append_moment(out, std::get<Moment>(value));
    case Kind::enumeration:
        return append_enumeration(out, std::get<std::string>(value), field.spellings);
    case Kind::texts:
        return append_set(out, std::get<Texts>(value).members, [&](const std::string& member) {
            append_text(out, member);
        });
    case Kind::json:
        return append_json(out, std::get<Json>(value).text);
    case Kind::jsons:
        return append_set(out, std::get<Jsons>(value).members, [&](const std::string& member) {
            append_json(out, member);
        });
    }
}

void Speller::append_text(std::string& out, std::string_view text) {
    const std::size_t begin = out.size() + 1;
    if (escape_)
        append_ascii_json_string(out, text);
    else
        append_json_string(out, text);
    if (text.size() == 36 && is_guid(text))
        recase(out.data() + begin, text.size());
}

std::string Speller::guid(std::string_view lower) {
    std::string text(lower);
    recase(text.data(), text.size());
    return text;
}

void Speller::recase(char* begin, std::size_t length) {
    const std::int64_t form = (*switches_)[Switch::guid_case];
    // All lower, all upper, or each letter by itself.
    const std::uint64_t turn = form == any_case ? draw_.below(3) : form == upper ? 1 : 0;
    if (turn == 0)
        return;
    const std::uint64_t bits = turn == 1 ? ~0ULL : draw_.next();
    for (std::size_t at = 0; at < length; ++at)
        if (begin[at] >= 'a' && begin[at] <= 'f' && ((bits >> at) & 1U) != 0)
            begin[at] = static_cast<char>(begin[at] - ('a' - 'A'));
}

void Speller::append_json(std::string& out, std::string_view json) {
    const std::size_t begin = out.size();
    out += json;
    for (std::size_t at = out.find('"', begin); at != std::string::npos; at = out.find('"', at + 1))
        if (at + 37 < out.size() && out[at + 37] == '"' && is_guid({out.data() + at + 1, 36}))
            recase(out.data() + at + 1, 36);
    const std::int64_t form = (*switches_)[Switch::nulls];
    if (json.size() > 2 && json.front() == '{' &&
        (form == written || (form == either_way && draw_.one_in(6))))
        out.insert(begin + 1, R"("validationNote":null,)");
}

Speller::Nothing Speller::nothing(const Field& field) {
    const std::int64_t form = (*switches_)[Switch::nulls];
    if (form == left_out)
        return Nothing::absent;
    if (form == written)
        return Nothing::null;
    if (field.empty_is_nothing && draw_.one_in(2))
        return Nothing::empty_text;
    return draw_.one_in(8) ? Nothing::null : Nothing::absent;
}

bool Speller::rotates_members() {
    return (*switches_)[Switch::member_order] == mixed && draw_.one_in(2);
}

void Speller::append_moment(std::string& out, Moment moment) {
    struct Zone {
        int minutes;
        std::string_view text;
    };

    static constexpr Zone zones[] = {
        {0, "Z"}, {0, "Z"}, {0, "+00:00"}, {0, ""}, {-480, "-08:00"}, {330, "+05:30"}};
    const bool plain = (*switches_)[Switch::time_forms] == uniform;
    // An offset must not push the sentinels out of the calendar.
    const bool sentinel = moment.ticks < year_one.ticks + ticks_per_day ||
                          moment.ticks > end_of_time.ticks - ticks_per_day;
    const Zone zone = plain ? zones[0] : zones[draw_.below(sentinel ? 4 : std::size(zones))];
    const std::int64_t fraction = moment.ticks % ticks_per_second;
    int digits = 7;
    if (!plain && fraction % 10'000 == 0)
        digits = draw_.one_in(2) ? 7 : 3;
    if (!plain && fraction == 0)
        digits = std::array{0, 3, 7}[draw_.below(3)];
    out += '"';
    out += spell_moment(moment, digits, zone.minutes, zone.text);
    out += '"';
}

void Speller::append_enumeration(
    std::string& out, std::string_view value, std::span<const std::string_view> spellings
) {
    const bool documented = std::find(spellings.begin(), spellings.end(), value) != spellings.end();
    // Only documented values have other spellings that a reader can know.
    const bool plain = !documented || (*switches_)[Switch::enum_spelling] == uniform;
    std::string text(value);
    switch (plain ? 0 : draw_.below(5)) {
    case 2:
        text = pascal_case(value);
        break;
    case 3:
        text = pascal_case(value);
        text.front() = value.front();
        break;
    case 4:
        std::erase(text, '_');
        break;
    default:
        break;
    }
    append_json_string(out, text);
}

template <class Append>
void Speller::append_set(
    std::string& out, const std::vector<std::string>& members, Append append_member
) {
    const bool turned = members.size() > 1 && (*switches_)[Switch::array_order] == mixed;
    const std::size_t first = turned ? draw_.below(members.size()) : 0;
    const bool backwards = turned && draw_.one_in(2);
    out += '[';
    for (std::size_t k = 0; k < members.size(); ++k) {
        if (k > 0)
            out += ',';
        const std::size_t at = (first + k) % members.size();
        append_member(members[backwards ? members.size() - 1 - at : at]);
    }
    out += ']';
}

} // namespace pcmirror::simulator
