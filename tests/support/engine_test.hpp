#pragma once

#include "tests/support/engine_fixture.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace pcmirror::testing {

/// The engine against a simulated world, and what a test asks the two of them.
class EngineTest : public ::testing::Test {
  protected:
    using json = nlohmann::json;

    /// Starts the world. `options` are the simulator's.
    void world(std::vector<std::string> options);

    /// Another process, as it were: an engine without budget and with little patience, changed by
    /// `overrides`. It replaces the one before.
    Engine& engine(const json& overrides);
    /// The one that runs, or a plain one.
    Engine& engine();

    [[nodiscard]] const Simulator& simulator() const { return *simulator_; }

    void fault(const json& rules) { simulator_->control("POST", "/faults", rules); }

    void no_faults() { simulator_->control("DELETE", "/faults"); }

    void change(const json& wish) { simulator_->control("POST", "/change", wish); }

    void turn(const json& switches) { simulator_->control("POST", "/switches", switches); }

    void tokens(const json& wish) { simulator_->control("POST", "/tokens", wish); }

    void forget_requests() { simulator_->control("DELETE", "/log"); }

    /// The requests in the simulator's log: of an endpoint, for a customer; empty: all.
    [[nodiscard]] std::vector<json>
    requests(const std::string& endpoint = "", const std::string& customer = "") const;
    [[nodiscard]] std::size_t
    asked(const std::string& endpoint, const std::string& customer = "") const;

    /// Ids in the world's order; the second customer never has subscriptions.
    [[nodiscard]] std::vector<std::string> customers() const;

    [[nodiscard]] std::string customer(std::size_t number) const { return customers().at(number); }

    [[nodiscard]] std::vector<std::string> subscriptions_of(const std::string& customer) const;

    /// A column of sync_scopes as text; "NULL" where it is that.
    [[nodiscard]] std::string scope(
        const std::string& column, const std::string& resource, const std::string& customer = ""
    ) const;
    [[nodiscard]] long long rows(const std::string& table, const std::string& where = "true") const;

    /// What `pass` throws; fails the test where it throws nothing.
    std::string
    error_of_pass(const std::string& resource, Recovery recovery, bool with_hint = true);

    /// Nothing that must stay secret is in the text.
    void expect_no_secret(const std::string& text) const;

    void expect_mirror_equals_world() const;

    TestDatabase database_;

  private:
    std::unique_ptr<Simulator> simulator_;
    std::unique_ptr<Engine> engine_;
};

} // namespace pcmirror::testing
