#pragma once

#include "sync/records/json.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pcmirror {

/// A JSON value that can be changed and sent back: every digit of a number and the order of members
/// stay as they came. Names are compared without ASCII case.
class Document {
  public:
    using Kind = JsonTree::Kind;
    using Member = std::pair<std::string, Document>;

    Document() = default; ///< null

    /// Throws `Error` (retry_later) that says what is wrong with the text.
    static Document parse(std::string_view json);

    /// What is wrong with it; empty: it can be parsed.
    static std::string flaw_in(std::string_view json);

    static Document text(std::string value);
    static Document object();

    [[nodiscard]] Kind kind() const { return kind_; }

    [[nodiscard]] bool is_null() const { return kind_ == Kind::null; }

    /// A string without its escapes, a number as it came, "true" or "false".
    [[nodiscard]] const std::string& text() const { return text_; }

    [[nodiscard]] const std::vector<Member>& members() const { return members_; }

    [[nodiscard]] std::vector<Member>& members() { return members_; }

    [[nodiscard]] const std::vector<Document>& elements() const { return elements_; }

    [[nodiscard]] std::vector<Document>& elements() { return elements_; }

    /// The value behind a JSON pointer through members, or null.
    [[nodiscard]] const Document* find(std::string_view pointer) const;

    /// The text of what is behind it; empty where there is none.
    [[nodiscard]] std::string text_at(std::string_view pointer) const;

    /// Puts a value behind such a pointer; objects on the way are made where there are none.
    void set(std::string_view pointer, Document value);

    /// Replaces the text behind it, where there is one.
    void mask(std::string_view pointer);

    /// Puts the members of another object into this one; those that are objects in both are merged.
    void merge(const Document& other);

    [[nodiscard]] std::string json() const;

    /// Equal as values: numbers by their digits, members in any order, GUIDs in any case, a member
    /// that is null like one that is absent.
    [[nodiscard]] bool same_as(const Document& other) const;

  private:
    friend class DocumentReader;
    [[nodiscard]] Document* member(std::string_view name);
    void write(std::string& out) const;

    Kind kind_ = Kind::null;
    std::string text_;
    std::vector<Member> members_;
    std::vector<Document> elements_;
};

} // namespace pcmirror
