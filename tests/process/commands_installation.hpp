#pragma once

#include "tests/places/places.hpp"
#include "tests/support/process.hpp"
#include "tests/support/simulator.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace pcmirror::testing {

/// Settings for a daemon that is never idle.
inline const nlohmann::json every_second = {
    {"schedules",
     {{"customers", {{"every", "1s"}, {"stale_after", "1h"}}},
      {"subscriptions", {{"every", "1s"}, {"stale_after", "1h"}}}}}};

/// How an installation starts.
struct Setup {
    std::vector<std::string> simulator = {"--customers", "12", "--subscriptions", "3"};
    nlohmann::json settings = nlohmann::json::object(); ///< merged over the usual ones
    Content content = Content::migrated;
    std::string cluster_url = test_cluster_url();
    bool everything = false; ///< all resources; else customers and subscriptions, which is faster
};

/// The real program, set up to mirror a simulated partner into a database of its own.
class Installation {
  public:
    explicit Installation(Setup setup = {})
        : database(setup.content, setup.cluster_url), simulator(std::move(setup.simulator)),
          everything_(setup.everything) {
        configure(setup.settings);
    }

    /// Writes the configuration anew. No test waits for the request budget unless it says so.
    void configure(const nlohmann::json& settings) {
        nlohmann::json all = {{"partner_center", {{"requests_per_minute", 60'000}}}};
        const nlohmann::json as_usual = nlohmann::json::object();
        if (!everything_)
            all["schedules"] = {{"customers", as_usual}, {"subscriptions", as_usual}};
        all.merge_patch(settings);
        config = write_config(directory.path(), simulator, database.url(), all);
    }

    /// The command line of the program with this configuration.
    [[nodiscard]] std::vector<std::string> words(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), places::program);
        arguments.insert(arguments.end(), {"--config", config.string()});
        return arguments;
    }

    /// Runs a command to its end.
    [[nodiscard]] Outcome
    call(std::vector<std::string> arguments, const ProcessOptions& options = {}) const {
        return run(words(std::move(arguments)), options);
    }

    /// The document that a command prints with --json.
    [[nodiscard]] nlohmann::json json(std::vector<std::string> arguments) const {
        arguments.emplace_back("--json");
        return nlohmann::json::parse(call(std::move(arguments)).out);
    }

    void fault(const nlohmann::json& rule) const { simulator.control("POST", "/faults", rule); }

    void end_faults() const { simulator.control("DELETE", "/faults"); }

    TemporaryDirectory directory;
    TestDatabase database;
    Simulator simulator;
    std::filesystem::path config;

  private:
    bool everything_;
};

} // namespace pcmirror::testing
