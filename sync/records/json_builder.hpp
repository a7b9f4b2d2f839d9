#pragma once

#include "sync/records/json.hpp"

#include <array>
#include <boost/json/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pcmirror {

/// How deep arrays and objects may be nested inside each other in one record.
inline constexpr std::size_t max_json_depth = 64;

/// Receives Boost.JSON's events and lays them down as nodes of a `JsonTree`. Included by json.cpp
/// only. Where an event is refused, `problem()` says why in words.
class JsonTreeBuilder {
  public:
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

    using Code = boost::json::error_code;
    using View = boost::json::string_view;

    JsonTreeBuilder(JsonTree& tree, std::string_view json) : tree_(tree), json_(json) {}

    [[nodiscard]] const std::string& problem() const { return problem_; }

    bool on_document_begin(Code&) { return true; }

    bool on_document_end(Code&) { return true; }

    bool on_array_begin(Code&) { return open(JsonTree::Kind::array); }

    bool on_array_end(std::size_t, Code&) { return close(); }

    bool on_object_begin(Code&) { return open(JsonTree::Kind::object); }

    bool on_object_end(std::size_t members, Code& code);

    bool on_string_part(View part, std::size_t, Code&) { return begin_of_text(part); }

    bool on_string(View part, std::size_t size, Code& code);

    bool on_key_part(View part, std::size_t, Code&) { return begin_of_text(part); }

    bool on_key(View part, std::size_t size, Code& code);
    bool on_number_part(View part, Code&);

    bool on_int64(std::int64_t, View part, Code& code) { return number(part, code); }

    bool on_uint64(std::uint64_t, View part, Code& code) { return number(part, code); }

    bool on_double(double, View part, Code& code) { return number(part, code); }

    bool on_bool(bool value, Code&);

    bool on_null(Code&) { return add(JsonTree::Kind::null, {}); }

    bool on_comment_part(View, Code&) { return true; }

    bool on_comment(View, Code&) { return true; }

  private:
    struct Open {
        std::uint32_t container = 0;
        std::uint32_t last_child = 0;
    };

    bool add(JsonTree::Kind kind, std::string_view text);
    bool open(JsonTree::Kind kind);
    bool close();
    bool begin_of_text(View part);
    bool number(View part, Code& code);
    bool refuse(std::string problem, Code& code);
    /// The text whose last part this is.
    std::string_view whole_text(View part, std::size_t size);
    bool text_is_clean(std::string_view text, Code& code);
    [[nodiscard]] bool is_as_sent(std::string_view text) const;
    bool drop_repeated(std::uint32_t container, Code& code);
    bool drop_repeated_of_many(std::uint32_t container, std::size_t members, Code& code);
    bool drop(std::uint32_t before, std::uint32_t first, std::uint32_t repeated, Code& code);
    [[nodiscard]] bool equal(const JsonTree::Node& a, const JsonTree::Node& b) const;
    /// The slot of the member of that name, or the free one where it belongs.
    std::uint32_t& slot_of(std::string_view name);

    JsonTree& tree_;
    std::string_view json_;
    std::array<Open, max_json_depth> stack_ = {};
    std::size_t depth_ = 0;
    std::size_t number_size_ = 0;
    std::string_view name_;
    std::string problem_;
};

} // namespace pcmirror
