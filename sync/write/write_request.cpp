#include "sync/write/write_request.hpp"

#include "schema/letters.hpp"
#include "schema/operation_catalogue.hpp"
#include "sync/http/url.hpp"
#include "sync/poll/read_scope.hpp"
#include "sync/records/normal.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror {
namespace {

/// Equal but for case and underscores, as enums are compared.
bool same_word(std::string_view a, std::string_view b) {
    const auto next = [](std::string_view& text) {
        while (text.starts_with('_'))
            text.remove_prefix(1);
        if (text.empty())
            return '\0';
        const char letter = lower_letter(text.front());
        text.remove_prefix(1);
        return letter;
    };
    for (;;) {
        const char one = next(a);
        if (one != next(b))
            return false;
        if (one == '\0')
            return true;
    }
}

/// A name of a payload as the API spells it: `display_name` -> `displayName`.
std::string camel_case(std::string_view name) {
    std::string camel;
    bool upper = false;
    for (const char letter : name) {
        if (letter == '_') {
            upper = true;
            continue;
        }
        camel += upper && letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A')
                                                         : letter;
        upper = false;
    }
    return camel;
}

/// A moment as a payload may have it (`2026-11-09`, `2026-11-09 10:00+02`) as the API wants it.
std::string spelt_moment(std::string text) {
    constexpr std::size_t day = 10;
    if (text.size() <= day)
        return text + "T00:00:00Z";
    text[day] = 'T';
    const std::size_t end = std::min(text.find_first_of("Z+-", day), text.size());
    std::string time = text.substr(0, end);
    std::string zone = end < text.size() ? text.substr(end) : "Z";
    constexpr std::size_t without_seconds = std::string_view("2026-11-09T10:00").size();
    if (time.size() == without_seconds)
        time += ":00";
    constexpr std::size_t hours = std::string_view("+02").size();
    if (zone.size() == hours)
        zone += ":00";
    else if (zone.size() > hours && zone[hours] != ':')
        zone.insert(hours, ":");
    return time + zone;
}

/// The text of a field as the API spells it.
std::string spelt(const PayloadField* field, const std::string& text) {
    if (field != nullptr)
        for (const std::string_view value : field->values)
            if (same_word(value, text))
                return std::string(value);
    const bool is_id =
        field != nullptr && (field->type == FieldType::guid || field->place == FieldPlace::path);
    return is_id && is_guid(text) ? http::lower_case(text) : text;
}

/// A value of the payload as the API wants it; `name` is that of its field.
Document converted(const Operation& operation, const std::string& name, const Document& value) {
    const PayloadField* field = field_of(operation, name);
    switch (value.kind()) {
    case Document::Kind::string:
        if (field != nullptr && field->type == FieldType::timestamp)
            return Document::text(spelt_moment(value.text()));
        return Document::text(spelt(field, value.text()));
    case Document::Kind::array: {
        Document list = value;
        for (Document& element : list.elements())
            element = converted(operation, name + "[]", element);
        return list;
    }
    case Document::Kind::object: {
        Document object = Document::object();
        for (const auto& [member, inner] : value.members()) {
            const std::string inner_name = name + '.' + member;
            const PayloadField* inner_field = field_of(operation, inner_name);
            const bool renamed = inner_field != nullptr && !inner_field->member.empty();
            object.members().emplace_back(
                renamed ? std::string(inner_field->member.substr(1)) : camel_case(member),
                converted(operation, inner_name, inner)
            );
        }
        return object;
    }
    default:
        return value;
    }
}

std::string pointer_of(const PayloadField& field) {
    return field.member.empty() ? '/' + camel_case(field.name) : std::string(field.member);
}

/// `{customer_id}` and `{tenant_id}` in texts of the fixed members.
void fill_in(Document& document, const FilledOperation& job) {
    if (document.text() == "{customer_id}")
        document = Document::text(job.customer_id);
    else if (document.text() == "{tenant_id}")
        document = Document::text(job.tenant_id);
    for (auto& [name, value] : document.members())
        fill_in(value, job);
}

bool same_moment(std::string_view a, std::string_view b) {
    const std::optional<std::string> moment = read_timestamp(a);
    return moment && moment == read_timestamp(b);
}

/// What it means that an item does not have a member.
enum class Absent {
    differs,
    tells_nothing,
};

/// Compares items with what is wanted of them: objects may have more members, and the API spells
/// domains, countries, moments and its own words as it likes.
class Comparison {
  public:
    Comparison(const Operation& operation, Absent absent)
        : operation_(operation), absent_(absent) {}

    [[nodiscard]] bool covers(const Document& item, const Document& wanted) const {
        if (wanted.kind() != Document::Kind::object)
            return item.same_as(wanted) || same_text(item, wanted);
        return std::ranges::all_of(wanted.members(), [&](const Document::Member& member) {
            return covers(item, member);
        });
    }

    [[nodiscard]] bool covers(const Document& item, const Document::Member& wanted) const {
        const Document* found = item.find('/' + wanted.first);
        const bool shown = found != nullptr && !found->is_null();
        if (!shown && absent_ == Absent::tells_nothing)
            return true;
        return found == nullptr ? wanted.second.is_null() : covers(*found, wanted.second);
    }

  private:
    [[nodiscard]] bool same_text(const Document& item, const Document& wanted) const {
        if (item.kind() != Document::Kind::string || wanted.kind() != Document::Kind::string)
            return false;
        const std::string& a = item.text();
        const std::string& b = wanted.text();
        return same_name(a, b) || same_moment(a, b) || (is_enumerated(b) && same_word(a, b));
    }

    /// Whether a text is one of a field's documented values.
    [[nodiscard]] bool is_enumerated(std::string_view text) const {
        return std::ranges::any_of(operation_.fields, [&](const PayloadField& field) {
            return std::ranges::any_of(field.values, [&](std::string_view value) {
                return same_word(value, text);
            });
        });
    }

    const Operation& operation_;
    Absent absent_;
};

bool covers(const FilledOperation& job, const Document& item, Absent absent) {
    Document wanted = changed_members(job);
    for (const PayloadField& field : job.operation->fields)
        if (!field.member.empty())
            wanted.set(
                "/" + std::string(field.member.substr(1, field.member.find('/', 1) - 1)), {}
            );
    if (!job.operation->fixed.empty()) {
        const Document fixed = Document::parse(job.operation->fixed);
        if (const Document* state = fixed.find("/state"))
            wanted.set("/state", *state);
    }
    const Comparison comparison(*job.operation, absent);
    return std::ranges::all_of(wanted.members(), [&](const Document::Member& member) {
        if (member.second.is_null() && job.payload.find('/' + member.first) == nullptr)
            return true;
        return comparison.covers(item, member);
    });
}

/// Of an item what another one has members for; those that it lacks are left out.
Document selected(const Document& item, const Document& like) {
    if (item.kind() != Document::Kind::object || like.kind() != Document::Kind::object)
        return item;
    Document chosen = Document::object();
    for (const auto& [name, inner] : like.members())
        if (const Document* found = item.find('/' + name))
            chosen.set('/' + name, selected(*found, inner));
    return chosen;
}

void put_changes(const FilledOperation& job, Document& body) {
    const Document changed = changed_members(job);
    body.merge(changed);
    // What is left out of an object that only the API knows the members of is to go.
    for (const PayloadField& field : job.operation->fields)
        if (const Document* whole = changed.find(pointer_of(field));
            whole != nullptr && field.type == FieldType::json)
            body.set(pointer_of(field), *whole);
}

} // namespace

Document without_secret_fields(const Operation& operation, Document payload) {
    for (const PayloadField& field : operation.fields)
        if (field.secret)
            payload.mask('/' + std::string(field.name));
    return payload;
}

std::string filled_path(const FilledOperation& job, std::string_view path) {
    std::vector<std::pair<std::string, std::string>> values{{"customer_id", job.customer_id}};
    for (const auto& [name, value] : job.payload.members())
        if (value.kind() == Document::Kind::string)
            values.emplace_back(name, spelt(field_of(*job.operation, name), value.text()));
    return fill_path(path, values);
}

bool names_tenant(const Operation& operation) {
    return operation.fixed.find("{tenant_id}") != std::string_view::npos;
}

Document spelt_value(const Operation& operation, const PayloadField& field, const Document& value) {
    return converted(operation, std::string(field.name), value);
}

Document changed_members(const FilledOperation& job) {
    Document changed = Document::object();
    for (const auto& [name, value] : job.payload.members()) {
        const PayloadField* field = field_of(*job.operation, name);
        if (field != nullptr && field->place == FieldPlace::body)
            changed.set(pointer_of(*field), converted(*job.operation, name, value));
    }
    return changed;
}

Document body_of(const FilledOperation& job, const Document& item) {
    const Operation& operation = *job.operation;
    if (operation.body == Body::none && operation.fixed.empty())
        return {};
    Document body = operation.body == Body::whole ? item : Document::object();
    for (const std::string_view pointer : operation.copied)
        if (const Document* value = item.find(pointer))
            body.set(pointer, *value);
    if (operation.body != Body::none)
        put_changes(job, body);
    if (!operation.fixed.empty()) {
        Document fixed = Document::parse(operation.fixed);
        fill_in(fixed, job);
        body.merge(fixed);
    }
    return body;
}

std::string if_match_of(const Operation& operation, const Document& item) {
    if (operation.etag == Etag::none)
        return {};
    const Document* etag = item.find("/attributes/etag");
    if (etag == nullptr || etag->text().empty())
        return {};
    const std::string& text = etag->text();
    return text.starts_with('"') || text.starts_with("W/\"") ? text : '"' + text + '"';
}

bool shows(const FilledOperation& job, const Document& item) {
    return covers(job, item, Absent::differs);
}

bool may_have_made(const FilledOperation& job, const Document& item) {
    return covers(job, item, Absent::tells_nothing);
}

Document targets_in(const FilledOperation& job, const Document& item) {
    return selected(item, changed_members(job));
}

bool same_targets(const Operation& operation, const Document& before, const Document& now) {
    const Comparison comparison(operation, Absent::differs);
    return comparison.covers(before, now) && comparison.covers(now, before);
}

std::string unexpected(const FilledOperation& job, const Document& item) {
    const Document* expect = job.payload.find("/expect");
    if (expect == nullptr)
        return {};
    std::string differences;
    const Comparison comparison(*job.operation, Absent::differs);
    for (const auto& [name, value] : expect->members()) {
        const PayloadField* field = field_of(*job.operation, name);
        const Document* found =
            item.find(field == nullptr ? '/' + camel_case(name) : pointer_of(*field));
        const Document wanted = converted(*job.operation, name, value);
        if (found == nullptr ? wanted.is_null() : comparison.covers(*found, wanted))
            continue;
        differences += fmt::format(
            "{}{} is {}, not {}",
            differences.empty() ? "" : "; ",
            name,
            found == nullptr ? "absent" : found->json(),
            wanted.json()
        );
    }
    return differences;
}

} // namespace pcmirror
