#include "sync/http/answer_parser.hpp"

#include "schema/letters.hpp"
#include "sync/http/gunzip.hpp"
#include "sync/http/url.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>
#include <utility>

namespace pcmirror::http {

namespace beast = boost::beast;
using BeastError = beast::http::error;
using Kind = TransportError::Kind;
using beast::string_view;

namespace {

// A body is reserved at once as far as a peer's word is worth it.
constexpr std::size_t largest_reservation = 4 << 20;

void drop(Headers& headers, std::string_view name) {
    std::erase_if(headers, [name](const auto& field) { return same_name(field.first, name); });
}

} // namespace

/// Beast's parser, filling an `HttpResponse`.
class AnswerParser::Parser final : public beast::http::basic_parser<false> {
  public:
    explicit Parser(AnswerLimits limits) : largest_body_(limits.body) {
        eager(true);
        skip(limits.without_body);
        header_limit(largest_header);
        body_limit(std::uint64_t{limits.body});
    }

    HttpResponse response;
    std::string_view body_problem; ///< for which Beast has no error

  private:
    void
    on_request_impl(beast::http::verb, string_view, string_view, int, beast::error_code&) override {
    }

    void on_response_impl(int status, string_view reason, int, beast::error_code&) override {
        response.status = status;
        header_size_ = reason.size();
    }

    void on_field_impl(
        beast::http::field, string_view name, string_view value, beast::error_code& error
    ) override;

    void on_header_impl(beast::error_code& error) override;

    void on_body_init_impl(
        const boost::optional<std::uint64_t>& content_length, beast::error_code& error
    ) override;
    std::size_t on_body_impl(string_view piece, beast::error_code& error) override;

    void on_chunk_header_impl(std::uint64_t, string_view, beast::error_code&) override {}

    std::size_t
    on_chunk_body_impl(std::uint64_t, string_view piece, beast::error_code& error) override {
        return on_body_impl(piece, error);
    }

    void on_finish_impl(beast::error_code& error) override;

    void refuse_body(std::string_view why, beast::error_code& error) {
        body_problem = why;
        error = BeastError::unexpected_body;
    }

    std::size_t largest_body_;
    std::size_t header_size_ = 0;
    bool header_done_ = false;
    std::optional<Gunzip> gunzip_;
};

void AnswerParser::Parser::on_field_impl(
    beast::http::field, string_view name, string_view value, beast::error_code& error
) {
    if (header_done_) {
        return;
    }
    // Beast's limit is on what it still has to parse: lines that come one by one escape it.
    header_size_ += name.size() + value.size();
    if (header_size_ > largest_header) {
        error = BeastError::header_limit;
        return;
    }
    response.headers.emplace_back(name, value);
}

void AnswerParser::Parser::on_header_impl(beast::error_code& error) {
    header_done_ = true;
    const std::string encoding = lower_case(header(response.headers, "Transfer-Encoding"));
    if (!encoding.empty() && encoding != "chunked") {
        refuse_body("a transfer encoding that was not asked for", error);
    }
}

void AnswerParser::Parser::on_body_init_impl(
    const boost::optional<std::uint64_t>& content_length, beast::error_code& error
) {
    const std::string encoding = lower_case(header(response.headers, "Content-Encoding"));
    if (encoding == "gzip" || encoding == "x-gzip") {
        gunzip_.emplace(largest_body_);
        drop(response.headers, "content-encoding");
        drop(response.headers, "content-length");
        return;
    }
    if (!encoding.empty() && encoding != "identity") {
        refuse_body("a content encoding that was not asked for", error);
        return;
    }
    const auto length = static_cast<std::size_t>(content_length.value_or(0));
    response.body.reserve(std::min(length, largest_reservation));
}

std::size_t AnswerParser::Parser::on_body_impl(string_view piece, beast::error_code& error) {
    if (!gunzip_) {
        response.body.append(piece.data(), piece.size());
        return piece.size();
    }
    const auto outcome = gunzip_->feed({piece.data(), piece.size()}, response.body);
    if (outcome == Gunzip::Outcome::broken) {
        refuse_body("its gzip is broken", error);
    }
    if (outcome == Gunzip::Outcome::too_large) {
        error = BeastError::body_limit;
    }
    return piece.size();
}

void AnswerParser::Parser::on_finish_impl(beast::error_code& error) {
    if (gunzip_ && !gunzip_->complete()) {
        refuse_body("its gzip is broken", error);
    }
}

AnswerParser::AnswerParser(std::string doing, AnswerLimits limits)
    : parser_(std::make_unique<Parser>(limits)), doing_(std::move(doing)), limits_(limits) {}

AnswerParser::~AnswerParser() = default;
AnswerParser::AnswerParser(AnswerParser&&) noexcept = default;
AnswerParser& AnswerParser::operator=(AnswerParser&&) noexcept = default;

std::size_t AnswerParser::put(std::string_view bytes) {
    beast::error_code error;
    const auto used = parser_->put({bytes.data(), bytes.size()}, error);
    if (error && error != BeastError::need_more) {
        refuse(error.value());
    }
    return used;
}

void AnswerParser::end() {
    beast::error_code error = BeastError::partial_message;
    if (parser_->got_some()) {
        parser_->put_eof(error);
    }
    if (error) {
        refuse(error.value());
    }
}

bool AnswerParser::done() const {
    return parser_->is_done();
}

bool AnswerParser::keep_alive() const {
    return parser_->keep_alive();
}

HttpResponse& AnswerParser::response() {
    return parser_->response;
}

void AnswerParser::refuse(int beast_error) const {
    const auto error = static_cast<BeastError>(beast_error);
    if (error == BeastError::partial_message) {
        throw TransportError(Kind::reset, true, doing_ + ": the connection was closed early");
    }
    if (error == BeastError::body_limit) {
        const std::string limit = std::to_string(limits_.body);
        throw TransportError(Kind::too_large, true, doing_ + ": more than " + limit + " bytes");
    }
    if (error == BeastError::header_limit) {
        throw TransportError(Kind::too_large, true, doing_ + ": its header is too large");
    }
    const std::string what = parser_->body_problem.empty()
                                 ? "not HTTP, " + beast::http::make_error_code(error).message()
                                 : std::string(parser_->body_problem);
    throw TransportError(Kind::malformed, true, doing_ + ": " + what);
}

} // namespace pcmirror::http
