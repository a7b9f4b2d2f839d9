#include "tests/support/simulator.hpp"

#include "tests/places/places.hpp"
#include "tests/support/temporary_directory.hpp"

#include <sstream>
#include <stdexcept>

namespace pcmirror::testing {
namespace {

using nlohmann::json;

std::vector<std::string> command(std::vector<std::string> options) {
    options.insert(options.begin(), places::simulator);
    return options;
}

HttpAnswer
checked_call(const std::string& method, const std::string& url, const std::string& body) {
    HttpAnswer answer = http_call(method, url, body);
    if (answer.status >= 400)
        throw std::runtime_error(
            method + " " + url + ": status " + std::to_string(answer.status) + ": " + answer.body
        );
    return answer;
}

// In the configuration `$` begins the name of a variable.
std::string escaped(const std::string& text) {
    std::string result;
    for (const char character : text) {
        result += character;
        if (character == '$')
            result += '$';
    }
    return result;
}

json base_config(
    const std::filesystem::path& directory,
    const Simulator& simulator,
    const std::string& database_url
) {
    json config;
    config["partner_center"] = {
        {"api_url", simulator.api_url()},
        {"login_url", simulator.login_url()},
        {"resource", simulator.api_url()},
        {"tenant_id", simulator.fact("tenant_id")},
        {"client_id", simulator.fact("client_id")},
        {"auth", "app_user"},
        {"client_secret_file", "client_secret"},
        {"refresh_token_file", "refresh_token"},
    };
    if (!simulator.fact("ca_file").empty())
        config["partner_center"]["tls_ca_file"] = simulator.fact("ca_file");
    config["database"] = {{"url", escaped(database_url)}};
    config["admin"] = {{"listen", ""}};
    config["state_directory"] = (directory / "state").string();
    return config;
}

void write_private(const std::filesystem::path& file, const std::string& content) {
    write_file(file, content);
    std::filesystem::permissions(file, std::filesystem::perms{0600});
}

} // namespace

Simulator::Simulator(std::vector<std::string> options) : process_(command(std::move(options))) {
    if (!process_.await_out("\n"))
        throw std::runtime_error("the simulator does not start: " + process_.err());
    const std::string out = process_.out();
    facts_ = json::parse(out.substr(0, out.find('\n')));
    api_url_ = fact("api_url");
    login_url_ = fact("login_url");
    control_url_ = fact("control_url");
}

std::string Simulator::fact(const std::string& name) const {
    const auto found = facts_.find(name);
    return found == facts_.end() || found->is_null() ? "" : found->get<std::string>();
}

json Simulator::control(const std::string& method, const std::string& path, const json& body)
    const {
    const HttpAnswer answer =
        checked_call(method, control_url_ + path, body.is_null() ? "" : body.dump());
    return answer.body.empty() ? json() : json::parse(answer.body);
}

std::vector<json> Simulator::control_lines(const std::string& path) const {
    std::istringstream lines(checked_call("GET", control_url_ + path, "").body);
    std::vector<json> documents;
    for (std::string line; std::getline(lines, line);)
        if (!line.empty())
            documents.push_back(json::parse(line));
    return documents;
}

std::filesystem::path write_config(
    const std::filesystem::path& directory,
    const Simulator& simulator,
    const std::string& database_url,
    const json& overrides
) {
    json config = base_config(directory, simulator, database_url);
    config.merge_patch(overrides);
    std::filesystem::create_directories(directory / "state");
    write_private(directory / "client_secret", simulator.fact("client_secret"));
    write_private(directory / "refresh_token", simulator.fact("refresh_token"));
    std::filesystem::path file = directory / "pcmirror.yaml";
    // JSON is YAML, too.
    write_file(file, config.dump(2) + "\n");
    return file;
}

} // namespace pcmirror::testing
