#include "schema/letters.hpp"
#include "sync/http/bare_body.hpp"
#include "sync/http/plain_text.hpp"
#include "sync/http/retry.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace pcmirror {

namespace {

using nlohmann::json;

/// No documented error body comes near this; a page of a proxy may.
constexpr std::size_t longest_error_body = 64 << 10;
constexpr std::size_t longest_description = 300;

const json* member(const json& object, std::string_view name) {
    for (const auto& [key, value] : object.items()) {
        if (same_name(key, name)) {
            return &value;
        }
    }
    return nullptr;
}

/// `code` is a string by schema and a number on the wire; words (Partner API) are no code.
int read_code(const json* value) {
    if (value == nullptr) {
        return 0;
    }
    if (value->is_number_unsigned()) {
        const auto code = value->get<std::uint64_t>();
        return code <= 1'000'000'000 ? static_cast<int>(code) : 0;
    }
    if (!value->is_string()) {
        return 0;
    }
    const auto& text = value->get_ref<const std::string&>();
    int code = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), code);
    const bool whole = problem == std::errc() && end == text.data() + text.size();
    return whole && code > 0 ? code : 0;
}

std::string read_description(const json& object) {
    for (const std::string_view name :
         {"description", "message", "error_description", "errorMessage", "detail"}) {
        const json* value = member(object, name);
        if (value != nullptr && value->is_string() &&
            !value->get_ref<const std::string&>().empty()) {
            return value->get<std::string>();
        }
    }
    return {};
}

/// A text of the API's made fit for a message.
class Tidying {
  public:
    explicit Tidying(const Masking& mask) : mask_(mask) {}

    /// What is masked must be as it was spelt: neither tidied yet, nor cut in two.
    [[nodiscard]] std::string description(std::string text) const {
        return line(without_entities(masked(std::move(text))));
    }

    [[nodiscard]] std::string line(std::string text) const {
        return one_line(masked(std::move(text)), longest_description);
    }

  private:
    [[nodiscard]] std::string masked(std::string text) const {
        return mask_ ? mask_(std::move(text)) : text;
    }

    const Masking& mask_;
};

ApiError read_object(const json& object, const Tidying& tidy) {
    const json* inner = member(object, "error");
    const json& source = inner != nullptr && inner->is_object() ? *inner : object;
    return {read_code(member(source, "code")), tidy.description(read_description(source))};
}

bool is_markup(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '<';
}

} // namespace

ApiError read_api_error(std::string_view body, const Masking& mask) {
    const Tidying tidy(mask);
    body = without_mark(body);
    if (is_markup(body)) {
        return {};
    }
    // One bad byte in a text for people must not hide the code beside it.
    const std::string text = valid_utf8(body.substr(0, longest_error_body));
    const json parsed = json::parse(text, nullptr, false);
    if (parsed.is_object()) {
        return read_object(parsed, tidy);
    }
    if (parsed.is_string()) {
        return {0, tidy.line(parsed.get<std::string>())};
    }
    return {0, parsed.is_discarded() ? tidy.line(text) : std::string()};
}

} // namespace pcmirror
