#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Why rows of a scope could not be read: hundreds can fail for one reason, which is said once,
/// with how many they are and one of them.
class RowTroubles {
  public:
    /// `message` may name the row and the request; what is left of it without them is the reason.
    void add(std::string_view row, std::string_view message);

    void add_unasked(std::uint64_t rows) { unasked_ += rows; }

    RowTroubles& operator+=(const RowTroubles& more);

    [[nodiscard]] bool empty() const { return reasons_.empty() && unasked_ == 0; }

    /// `rows` is what they are called: "users".
    [[nodiscard]] std::string text(std::string_view rows) const;

  private:
    struct Reason {
        std::string text;
        std::string example;    ///< a row
        std::string of_example; ///< its message, word for word
        std::uint64_t count = 1;
    };

    void add(Reason reason);

    std::vector<Reason> reasons_;
    std::uint64_t other_ = 0; ///< rows, for reasons that are not kept
    std::uint64_t unasked_ = 0;
};

} // namespace pcmirror
