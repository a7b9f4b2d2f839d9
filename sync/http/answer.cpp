#include "sync/http/answer.hpp"

#include "sync/http/failure.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

namespace pcmirror::http {

using Kind = TransportError::Kind;

AnswerReader::AnswerReader(Connection& connection, const std::string& peer, AnswerLimits limits)
    : connection_(connection), doing_("reading the answer of " + peer), limits_(limits),
      parser_(doing_, limits), buffer_(connection.buffer()) {
    buffer_.resize(AnswerParser::largest_header);
}

asio::awaitable<HttpResponse> AnswerReader::read() {
    co_await read_message();
    while (parser_.response().status / 100 == 1) {
        parser_ = AnswerParser(doing_, limits_);
        co_await read_message();
    }
    co_return std::move(parser_.response());
}

asio::awaitable<void> AnswerReader::read_message() {
    parse();
    while (!parser_.done()) {
        co_await read_more();
        parse();
    }
}

asio::awaitable<void> AnswerReader::read_more() {
    std::copy(buffer_.data() + begin_, buffer_.data() + end_, buffer_.data());
    end_ -= std::exchange(begin_, 0);
    if (end_ == buffer_.size()) {
        throw TransportError(Kind::too_large, true, doing_ + ": a line of it is too long");
    }
    error_code error;
    const asio::mutable_buffer space(buffer_.data() + end_, buffer_.size() - end_);
    const std::size_t size = co_await connection_.read_some(space, error);
    if (error == asio::error::eof) {
        parser_.end();
    } else if (error) {
        fail(error, Kind::reset, true, doing_);
    }
    end_ += size;
    started_ = started_ || size > 0;
}

void AnswerReader::parse() {
    if (has_leftover() && !parser_.done()) {
        begin_ += parser_.put({buffer_.data() + begin_, end_ - begin_});
    }
}

} // namespace pcmirror::http
