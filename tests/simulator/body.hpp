#pragma once

#include "tests/simulator/wire.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// What a client sends. All of these throw `Refused` for what the API would not take.
namespace pcmirror::simulator {

/// The request's body. Members may be written as the .NET client does (`CompanyProfile`): here
/// they all begin in lower case.
nlohmann::json read_body(const Request& request);

/// A member by its path (`companyProfile/domain`); null where it is absent or null.
const nlohmann::json* find_member(const nlohmann::json& body, std::string_view path);

[[noreturn]] void refuse_member(std::string_view path, std::string_view why);

/// Not empty.
std::string required_text(const nlohmann::json& body, std::string_view path);
/// Empty is nothing.
std::optional<std::string> optional_text(const nlohmann::json& body, std::string_view path);
bool optional_flag(const nlohmann::json& body, std::string_view path);
/// An array; empty where it is absent.
const nlohmann::json& optional_list(const nlohmann::json& body, std::string_view path);

/// One of these, whatever its case and underscores.
std::string required_choice(
    const nlohmann::json& body, std::string_view path, std::span<const std::string_view> choices
);

/// Two letters.
void check_country(std::string_view path, std::string_view code);

} // namespace pcmirror::simulator
