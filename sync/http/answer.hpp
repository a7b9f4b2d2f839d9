#pragma once

#include "sync/http/answer_parser.hpp"
#include "sync/http/connection.hpp"
#include "sync/http/transport.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror::http {

/// Reads the answer to a request that was just written; interim answers are skipped.
class AnswerReader {
  public:
    /// `peer` is for messages. The connection must outlive the reader.
    AnswerReader(Connection& connection, const std::string& peer, AnswerLimits limits);

    /// Throws `TransportError` (reset, timeout, malformed, too_large); cancellation passes through.
    asio::awaitable<HttpResponse> read();

    /// Whether any byte of an answer came.
    [[nodiscard]] bool started() const { return started_; }

    /// After `read`: whether bytes came that belong to no answer.
    [[nodiscard]] bool has_leftover() const { return begin_ < end_; }

    /// After `read`: whether the connection may carry another request.
    [[nodiscard]] bool reusable() const { return parser_.keep_alive() && !has_leftover(); }

  private:
    asio::awaitable<void> read_message();
    asio::awaitable<void> read_more();
    void parse();

    Connection& connection_;
    std::string doing_;
    AnswerLimits limits_;
    AnswerParser parser_;
    std::vector<char>& buffer_;
    std::size_t begin_ = 0; ///< of the bytes in the buffer that are not parsed yet
    std::size_t end_ = 0;
    bool started_ = false;
};

} // namespace pcmirror::http
