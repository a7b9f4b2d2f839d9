#pragma once

#include "tests/support/simulator.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace pcmirror::testing {

/// What there is in a simulated world before any job was done.
class JobWorld {
  public:
    using json = nlohmann::json;

    explicit JobWorld(const Simulator& simulator) : simulator_(simulator) {}

    /// The customer's rows as the truth has them, with details; read once.
    [[nodiscard]] std::vector<json>
    rows(const std::string& resource, const std::string& customer) const;
    /// The first one with these values, or null.
    [[nodiscard]] json
    row(const std::string& resource, const std::string& customer, const json& values) const;
    /// The same, of any customer.
    [[nodiscard]] json any(const std::string& resource, const json& values) const;

    [[nodiscard]] std::vector<std::string> customers() const;

    void change(const json& wish) const { simulator_.control("POST", "/change", wish); }

    /// Another one each time.
    [[nodiscard]] std::string fresh_name() const { return "fresh" + std::to_string(++names_); }

  private:
    [[nodiscard]] const std::vector<json>& all(const std::string& resource) const;

    const Simulator& simulator_;
    mutable std::map<std::string, std::vector<json>> read_;
    mutable int names_ = 0;
};

} // namespace pcmirror::testing
