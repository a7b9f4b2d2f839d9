#include "tests/simulator/render.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace pcmirror::simulator {

namespace {

class Members {
  public:
    Members(std::string& out, const Item& item, const Frame& frame, Speller& speller)
        : out_(out), item_(item), frame_(frame), speller_(speller) {}

    void append(const Field& field, const Value& value) {
        if (field.shown > frame_.shown)
            return;
        enter(field.parent());
        if (!std::holds_alternative<std::monostate>(value)) {
            name(field.name());
            speller_.append(out_, field, value);
            return;
        }
        switch (speller_.nothing(field)) {
        case Speller::Nothing::absent:
            return;
        case Speller::Nothing::null:
            name(field.name());
            out_ += "null";
            return;
        case Speller::Nothing::empty_text:
            name(field.name());
            out_ += "\"\"";
            return;
        }
    }

    void finish(std::string_view links) {
        if (!frame_.object_type.empty())
            enter("attributes");
        enter({});
        unknown_of({});
        if (!links.empty()) {
            name("links");
            out_ += links;
        }
    }

    /// Where a top-level member begins, other than the first; 0: there is none.
    [[nodiscard]] std::size_t boundary() const { return boundary_; }

  private:
    void enter(std::string_view parent) {
        if (parent == parent_)
            return;
        if (!parent_.empty())
            leave();
        parent_ = parent;
        if (parent.empty())
            return;
        name(parent, true);
        out_ += '{';
        first_ = true;
    }

    void leave() {
        unknown_of(parent_);
        if (parent_ == "attributes") {
            name("objectType");
            append_json_string(out_, frame_.object_type);
        }
        for (const auto& [member, type] : frame_.nested_types)
            if (member == parent_) {
                name("attributes");
                fmt::format_to(std::back_inserter(out_), R"({{"objectType":"{}"}})", type);
            }
        out_ += '}';
        first_ = false;
        parent_ = {};
    }

    void unknown_of(std::string_view parent) {
        for (const Unknown& unknown : item_.unknown)
            if (unknown.parent == parent) {
                name(unknown.name);
                speller_.append_json(out_, unknown.json);
            }
    }

    void name(std::string_view text, bool outermost = false) {
        if (!first_)
            out_ += ',';
        if (!first_ && (outermost || parent_.empty()) &&
            (boundary_ == 0 || speller_.draw().one_in(4)))
            boundary_ = out_.size();
        first_ = false;
        append_json_string(out_, text);
        out_ += ':';
    }

    std::string& out_;
    const Item& item_;
    const Frame& frame_;
    Speller& speller_;
    std::string_view parent_;
    std::size_t boundary_ = 0;
    bool first_ = true;
};

} // namespace

std::string link(std::string_view uri) {
    std::string text = R"({"uri":)";
    append_json_string(text, uri);
    text += R"(,"method":"GET","headers":[]})";
    return text;
}

void append_item(
    std::string& out,
    std::span<const Field> fields,
    const Item& item,
    const Frame& frame,
    Speller& speller
) {
    out += '{';
    const std::size_t begin = out.size();
    Members members(out, item, frame, speller);
    for (std::size_t at = 0; at < fields.size(); ++at)
        members.append(fields[at], item.values[at]);
    std::string links;
    if (!frame.self.empty())
        links = fmt::format(R"({{{}"self":{}}})", frame.links, link(frame.self));
    members.finish(links);
    if (const std::size_t boundary = members.boundary();
        boundary != 0 && speller.rotates_members()) {
        // "a,b,c" -> "c,a,b": any member may come first.
        out.insert(begin, 1, ',');
        std::rotate(
            out.begin() + static_cast<std::ptrdiff_t>(begin),
            out.begin() + static_cast<std::ptrdiff_t>(boundary) + 1,
            out.end()
        );
        out.erase(out.size() - 1);
    }
    out += '}';
}

} // namespace pcmirror::simulator
