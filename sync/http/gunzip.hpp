#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace pcmirror::http {

/// Inflates a gzip stream (of one or more members) piece by piece.
class Gunzip {
  public:
    enum class Outcome { ok, broken, too_large };

    explicit Gunzip(std::size_t limit);

    /// Appends what `input` inflates to; `output` never grows beyond the limit.
    Outcome feed(std::string_view input, std::string& output);

    /// Whether the stream may end here: nothing was fed, or a member just ended.
    [[nodiscard]] bool complete() const { return complete_; }

  private:
    struct Close {
        void operator()(z_stream_s* stream) const;
    };

    std::unique_ptr<z_stream_s, Close> stream_;
    std::size_t limit_;
    bool complete_ = true;
};

} // namespace pcmirror::http
