#pragma once

#include "tests/support/process.hpp"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace pcmirror::testing {

/// An answer to `http_call`.
struct HttpAnswer {
    int status = 0;
    std::string body;
    std::map<std::string, std::string> headers = {}; ///< names in lower case
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// One plain HTTP request on a connection of its own; blocks. Throws where no answer comes.
HttpAnswer http_call(
    const std::string& method,
    const std::string& url,
    const std::string& body = "",
    const HttpHeaders& headers = {}
);

/// The simulated Partner Center, as a process of its own, for as long as this object lives.
class Simulator {
  public:
    /// `options` are those of `pcmirror-simulator --help`. Throws with its stderr where it does not
    /// start.
    explicit Simulator(std::vector<std::string> options = {});

    [[nodiscard]] const std::string& api_url() const { return api_url_; }

    [[nodiscard]] const std::string& login_url() const { return login_url_; }

    [[nodiscard]] const std::string& control_url() const { return control_url_; }

    /// The line that it printed at its start: tenant_id, client_id, client_secret, ca_file, ...
    [[nodiscard]] const nlohmann::json& facts() const { return facts_; }

    /// A fact as text; empty where it is absent or null.
    [[nodiscard]] std::string fact(const std::string& name) const;

    /// Calls the control endpoint; throws on a status of 400 and above. Empty answers are null.
    nlohmann::json control(
        const std::string& method, const std::string& path, const nlohmann::json& body = nullptr
    ) const;
    /// The same for answers that are one JSON document a line.
    [[nodiscard]] std::vector<nlohmann::json> control_lines(const std::string& path) const;

    Process& process() { return process_; }

  private:
    Process process_;
    nlohmann::json facts_;
    std::string api_url_;
    std::string login_url_;
    std::string control_url_;
};

/// Writes a configuration for the simulator and a database into `directory`: pcmirror.yaml with
/// client secret, refresh token and state directory beside it. `overrides` is merged over it as a
/// JSON merge patch (null removes a key). Returns the path of pcmirror.yaml.
std::filesystem::path write_config(
    const std::filesystem::path& directory,
    const Simulator& simulator,
    const std::string& database_url,
    const nlohmann::json& overrides = nlohmann::json::object()
);

} // namespace pcmirror::testing
