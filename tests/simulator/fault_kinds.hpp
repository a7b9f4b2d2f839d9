#pragma once

#include "tests/simulator/faults.hpp"

#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

namespace pcmirror::simulator {

/// A kind of fault: what it may happen to and what it does.
struct FaultKind {
    enum class On { api, further_page, sign_in };

    std::string_view name = {};
    std::string_view members = {}; ///< of the rule, beside those that all rules have
    std::string_view help = {};
    void (*apply)(const nlohmann::json& rule, Effect& effect) = nullptr;
    On on = On::api;
};

std::span<const FaultKind> fault_kinds();

/// A token endpoint's refusal by its AADSTS number; `error` in place of the word that goes with it.
Reply sign_in_error(int aadsts, std::string_view error = {});

} // namespace pcmirror::simulator
