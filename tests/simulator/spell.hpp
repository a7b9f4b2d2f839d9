#pragma once

#include "tests/simulator/draw.hpp"
#include "tests/simulator/item.hpp"
#include "tests/simulator/switches.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// Appends a JSON string: UTF-8, only what must be escaped is.
void append_json_string(std::string& out, std::string_view text);

/// JSON with blanks and newlines between its tokens.
std::string spread_out(std::string_view json);

/// How values are spelt in one answer. It never changes what they mean, and answers to the same
/// question differ.
class Speller {
  public:
    Speller(const SwitchValues& switches, std::uint64_t seed);

    void append(std::string& out, const Field& field, const Value& value);
    void append_text(std::string& out, std::string_view text);
    void append_json(std::string& out, std::string_view json);

    enum class Nothing { absent, null, empty_text };
    /// How a member without value is sent this time.
    Nothing nothing(const Field& field);

    /// A GUID in the case of this turn.
    std::string guid(std::string_view lower);

    /// Whether this record's members come in another order than usual.
    bool rotates_members();

    /// For other choices that an answer needs.
    Draw& draw() { return draw_; }

  private:
    void append_moment(std::string& out, Moment moment);
    void append_enumeration(
        std::string& out, std::string_view value, std::span<const std::string_view> spellings
    );
    void recase(char* begin, std::size_t length);
    template <class Append>
    void
    append_set(std::string& out, const std::vector<std::string>& members, Append append_member);

    const SwitchValues* switches_;
    Draw draw_;
    bool escape_;
};

} // namespace pcmirror::simulator
