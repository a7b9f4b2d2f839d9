#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pcmirror::simulator {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method;
    std::string target; ///< path?query, as sent
    Headers headers;
    std::string body;

    [[nodiscard]] std::string_view path() const;
    [[nodiscard]] std::string_view query() const;
    /// Compared without case; empty when absent.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    /// A member of the query, percent-decoded.
    [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
    /// All values of one that is repeated.
    [[nodiscard]] std::vector<std::string> parameters(std::string_view name) const;
};

/// How an answer is put on the wire; anything but the default is a fault.
struct Delivery {
    enum class Mode {
        whole,
        reset, ///< nothing is sent, the connection is reset
        hang,  ///< nothing is sent, ever
        cut,   ///< the connection ends after half of the body
        drip,  ///< a byte of the body at a time
    };

    Mode mode = Mode::whole;
    std::chrono::milliseconds delay{0};  ///< before the first byte
    std::chrono::milliseconds pace{100}; ///< between two bytes of a drip
    int length_error = 0;                ///< added to Content-Length
    bool held = false;                   ///< no byte of it, until this is true:
    std::shared_ptr<const std::atomic<bool>> released = {};
};

struct Reply {
    int status = 200;
    Headers headers = {};
    std::string body = {};
    Delivery delivery = {};
    /// Makes the body piece by piece (chunked) instead; false: that was the last piece.
    std::function<bool(std::string& piece)> pieces = {};
};

/// The value of an `application/x-www-form-urlencoded` member, or of a query.
std::optional<std::string> form_value(std::string_view form, std::string_view name);

/// All values of a member that is repeated.
std::vector<std::string> form_values(std::string_view form, std::string_view name);

std::string percent_decoded(std::string_view text, bool plus_is_blank);

/// Segments of a path, percent-decoded; empty ones (`//`) are skipped.
std::vector<std::string> path_segments(std::string_view path);

std::string_view reason_phrase(int status);

/// Status line and headers of an answer, ready to be sent.
std::string head_of(const Reply& reply, bool keep_alive);

/// gzip at the fastest level.
std::string gzipped(std::string_view body);

/// A gzip stream of blanks, `megabytes` when unpacked.
std::string gzip_bomb(std::size_t megabytes);

std::string base64(std::string_view bytes);

/// base64url without padding.
std::string base64url(std::string_view bytes);

/// Reads either alphabet, with or without padding; nothing if a character does not belong there.
std::optional<std::string> read_base64(std::string_view text);

} // namespace pcmirror::simulator
