#include "sync/http/failure.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <cctype>

namespace pcmirror::http {

void fail(
    const boost::system::error_code& error,
    TransportError::Kind kind,
    bool sent,
    const std::string& doing
) {
    if (error == asio::error::operation_aborted) {
        throw boost::system::system_error(error);
    }
    if (error == asio::error::timed_out) {
        throw TransportError(
            TransportError::Kind::timeout, sent, doing + ": not finished before the deadline"
        );
    }
    const bool closed = error == asio::error::eof;
    throw TransportError(
        kind, sent, doing + ": " + (closed ? "the connection was closed early" : in_words(error))
    );
}

std::string in_words(const boost::system::error_code& error) {
    std::string text = error.message();
    const bool one_capital =
        text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0;
    if (one_capital) {
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    }
    return text;
}

} // namespace pcmirror::http
