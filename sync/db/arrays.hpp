#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Collects values as one PostgreSQL array literal, to be bound as a single parameter.
class ArrayLiteral {
  public:
    ArrayLiteral& add(std::string_view value);
    ArrayLiteral& add_number(long long value);
    ArrayLiteral& add_null();
    /// An empty text becomes NULL.
    ArrayLiteral& add_or_null(std::string_view value);
    ArrayLiteral& add_flag(bool value);

    /// The literal; the collection starts anew.
    std::string take();

    [[nodiscard]] std::string text() const { return '{' + items_ + '}'; }

  private:
    void separate();
    std::string items_;
};

template <typename Range> std::string number_array(const Range& numbers) {
    ArrayLiteral array;
    for (const auto number : numbers)
        array.add_number(number);
    return array.text();
}

std::string text_array(const std::vector<std::string>& values);

} // namespace pcmirror
