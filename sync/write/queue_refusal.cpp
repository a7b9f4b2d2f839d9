#include "sync/write/queue_refusal.hpp"

#include "sync/db/errors.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace pcmirror {
namespace {

// What they refuse with, by SQLSTATE.
constexpr std::array<const char*, 7> states{
    "22023", "23505", "55000", "P0002", "22P02", "22007", "22008"};

std::string hint_in(const std::string& text) {
    const std::size_t from = text.find("\nHINT:");
    if (from == std::string::npos)
        return {};
    const std::string hint = text.substr(text.find_first_not_of(' ', from + 6));
    return hint.substr(0, hint.find('\n'));
}

} // namespace

std::optional<Error> refusal_in(const pqxx::sql_error& error) {
    if (std::ranges::find(states, error.sqlstate()) == states.end())
        return std::nullopt;
    const std::string words = error.what();
    return Error(Recovery::fix_config, server_words(words), hint_in(words));
}

} // namespace pcmirror
