#pragma once

#include <string>
#include <string_view>

namespace pcmirror::simulator {

/// Members of a record that can be damaged; `parent/name` for nested ones, empty: there is none.
struct Damageable {
    std::string_view key = {};
    std::string_view text = {};
    std::string_view integer = {};
    std::string_view moment = {};
};

/// Makes a record (JSON text) one that can't be stored. False: this kind does not apply to it.
bool damage(std::string& record, std::string_view kind, const Damageable& members);

bool is_damage(std::string_view kind);

/// `kind` lines for the help.
std::string describe_damage();

} // namespace pcmirror::simulator
