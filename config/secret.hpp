#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace pcmirror {

/// Text that must not show: it has no stream operator and no formatter, and is wiped on
/// destruction.
class Secret {
  public:
    Secret() = default;

    explicit Secret(std::string text) : text_(std::move(text)) {}

    Secret(const Secret&) = default;
    Secret& operator=(const Secret& other);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    [[nodiscard]] bool empty() const { return text_.empty(); }

    /// The text itself; every caller of this is a place to look at in review.
    [[nodiscard]] const std::string& reveal() const { return text_; }

    bool operator==(const Secret&) const = default;

  private:
    void wipe() noexcept;
    std::string text_;
};

} // namespace pcmirror
