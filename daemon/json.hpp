#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pcmirror {

/// Writes one JSON document, members in the order in which they are added, every digit of a number
/// as it is given.
class JsonWriter {
  public:
    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);

    JsonWriter& text(std::string_view value);
    /// Text, or null without value.
    JsonWriter& optional_text(const std::optional<std::string>& value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    /// JSON as it stands.
    JsonWriter& raw(std::string_view json);

    template <std::integral Number> JsonWriter& number(Number value) {
        return raw(std::to_string(value));
    }

    /// Finite; with at most three decimals.
    JsonWriter& decimal(double value);

    /// The document so far, and a line break.
    [[nodiscard]] std::string document() const { return json_ + '\n'; }

  private:
    void separate();
    std::string json_;
    bool wants_comma_ = false;
};

/// An object with one more member, before the others; every digit of theirs stays.
std::string with_member(std::string_view object, std::string_view name, bool value);

} // namespace pcmirror
