#pragma once

#include "sync/http/transport.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace pcmirror::http {

struct AnswerLimits {
    std::size_t body = 0;      ///< of the body as sent and as inflated
    bool without_body = false; ///< the answer to HEAD or CONNECT
};

/// Bytes in, one message out: trailers dropped, gzip inflated as it comes. Pure. What is wrong with
/// the bytes is thrown as `TransportError` (malformed, too_large, reset), the request being sent.
class AnswerParser {
  public:
    static constexpr std::size_t largest_header = 64 << 10;

    /// `doing` begins the messages of errors.
    AnswerParser(std::string doing, AnswerLimits limits);
    ~AnswerParser();
    AnswerParser(const AnswerParser&) = delete;
    AnswerParser& operator=(const AnswerParser&) = delete;
    AnswerParser(AnswerParser&&) noexcept;
    AnswerParser& operator=(AnswerParser&&) noexcept;

    /// Returns how many bytes it is through with. Unless that makes it `done`, the others have to
    /// come again with more behind them.
    std::size_t put(std::string_view bytes);

    /// The peer closed: right for a body that ends only so, wrong everywhere else.
    void end();

    [[nodiscard]] bool done() const;

    /// When done: whether the connection may carry more.
    [[nodiscard]] bool keep_alive() const;

    [[nodiscard]] HttpResponse& response();

  private:
    class Parser;
    [[noreturn]] void refuse(int beast_error) const;

    std::unique_ptr<Parser> parser_;
    std::string doing_;
    AnswerLimits limits_;
};

} // namespace pcmirror::http
