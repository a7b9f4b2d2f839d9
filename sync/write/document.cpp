#include "sync/write/document.hpp"

#include "schema/error.hpp"
#include "schema/letters.hpp"
#include "sync/http/bare_body.hpp"
#include "sync/records/normal.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace pcmirror {
namespace {

/// `1.50` and `1.5`, `1e2` and `100` are the same number; what differs otherwise is not looked
/// into.
std::string plain_number(std::string_view text) {
    std::string digits(text);
    if (digits.find_first_of("eE") != std::string::npos || digits.find('.') == std::string::npos)
        return digits;
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.')
        digits.pop_back();
    return digits;
}

std::string_view first_step(std::string_view pointer) {
    pointer.remove_prefix(1);
    return pointer.substr(0, pointer.find('/'));
}

std::string_view after_step(std::string_view pointer) {
    const std::size_t slash = pointer.find('/', 1);
    return slash == std::string_view::npos ? std::string_view() : pointer.substr(slash);
}

} // namespace

class DocumentReader {
  public:
    explicit DocumentReader(const JsonTree& tree) : tree_(tree) {}

    [[nodiscard]] Document read(const JsonTree::Node& node) const {
        Document document;
        document.kind_ = node.kind;
        document.text_ = std::string(node.text);
        for (std::uint32_t at = node.first_child; at != 0; at = tree_.at(at).next_sibling) {
            const JsonTree::Node& child = tree_.at(at);
            if (node.kind == JsonTree::Kind::object)
                document.members_.emplace_back(std::string(child.name), read(child));
            else
                document.elements_.push_back(read(child));
        }
        return document;
    }

  private:
    const JsonTree& tree_;
};

std::string Document::flaw_in(std::string_view json) {
    return JsonTree().parse(without_mark(json));
}

Document Document::parse(std::string_view json) {
    JsonTree tree;
    if (const std::string flaw = tree.parse(without_mark(json)); !flaw.empty())
        throw Error(Recovery::retry_later, "the answer is not JSON: " + flaw);
    return DocumentReader(tree).read(tree.root());
}

Document Document::text(std::string value) {
    Document document;
    document.kind_ = Kind::string;
    document.text_ = std::move(value);
    return document;
}

Document Document::object() {
    Document document;
    document.kind_ = Kind::object;
    return document;
}

Document* Document::member(std::string_view name) {
    const auto found = std::ranges::find_if(members_, [&](const Member& one) {
        return same_name(one.first, name);
    });
    return found == members_.end() ? nullptr : &found->second;
}

const Document* Document::find(std::string_view pointer) const {
    const Document* at = this;
    for (; at != nullptr && !pointer.empty(); pointer = after_step(pointer))
        at = const_cast<Document*>(at)->member(first_step(pointer));
    return at;
}

std::string Document::text_at(std::string_view pointer) const {
    const Document* found = find(pointer);
    return found == nullptr ? std::string() : found->text();
}

void Document::set(std::string_view pointer, Document value) {
    if (pointer.empty()) {
        *this = std::move(value);
        return;
    }
    if (kind_ != Kind::object)
        *this = object();
    Document* inside = member(first_step(pointer));
    if (inside == nullptr)
        inside = &members_.emplace_back(std::string(first_step(pointer)), Document()).second;
    inside->set(after_step(pointer), std::move(value));
}

void Document::mask(std::string_view pointer) {
    if (const Document* secret = find(pointer); secret != nullptr && !secret->is_null())
        set(pointer, text("***"));
}

void Document::merge(const Document& other) {
    for (const auto& [name, value] : other.members_) {
        Document* mine = member(name);
        if (mine == nullptr)
            members_.emplace_back(name, value);
        else if (mine->kind_ == Kind::object && value.kind_ == Kind::object)
            mine->merge(value);
        else
            *mine = value;
    }
}

void Document::write(std::string& out) const {
    const auto quoted = [](const std::string& value) {
        return boost::json::serialize(boost::json::string(value));
    };
    bool first = true;
    const auto separate = [&] {
        if (!first)
            out += ',';
        first = false;
    };
    switch (kind_) {
    case Kind::null:
        out += "null";
        break;
    case Kind::boolean:
    case Kind::number:
        out += text_;
        break;
    case Kind::string:
        out += quoted(text_);
        break;
    case Kind::array:
        out += '[';
        for (const Document& element : elements_) {
            separate();
            element.write(out);
        }
        out += ']';
        break;
    case Kind::object:
        out += '{';
        for (const auto& [name, value] : members_) {
            separate();
            out += quoted(name) + ':';
            value.write(out);
        }
        out += '}';
        break;
    }
}

std::string Document::json() const {
    std::string out;
    write(out);
    return out;
}

bool Document::same_as(const Document& other) const {
    if (kind_ != other.kind_)
        return false;
    const auto has_all = [](const Document& one, const Document& another) {
        return std::ranges::all_of(one.members_, [&](const Member& mine) {
            const Document* theirs = another.find("/" + mine.first);
            return theirs == nullptr ? mine.second.is_null() : mine.second.same_as(*theirs);
        });
    };
    switch (kind_) {
    case Kind::null:
        return true;
    case Kind::boolean:
        return text_ == other.text_;
    case Kind::number:
        return plain_number(text_) == plain_number(other.text_);
    case Kind::string:
        return text_ == other.text_ || (is_guid(text_) && same_name(text_, other.text_));
    case Kind::array:
        return std::ranges::equal(
            elements_,
            other.elements_,
            [](const Document& mine, const Document& theirs) { return mine.same_as(theirs); }
        );
    case Kind::object:
        return has_all(*this, other) && has_all(other, *this);
    }
    return false;
}

} // namespace pcmirror
