#include "tests/simulated/written_world.hpp"

#include <stdexcept>

namespace pcmirror::testing {

namespace {

std::vector<std::string> options() {
    std::vector<std::string> all = {
        "--seed", "7", "--customers", "8", "--big-users", "60", "--big-customer", "40"};
    for (const char* plain :
         {"bom=off",
          "nulls=left_out",
          "guid_case=lower",
          "enum_spelling=uniform",
          "time_forms=uniform",
          "array_order=uniform",
          "escapes=uniform",
          "delegated_access=all",
          "accepted=none"}) {
        all.emplace_back("--switch");
        all.emplace_back(plain);
    }
    return all;
}

bool fits(const json& row, const json& values) {
    for (const auto& [column, value] : values.items())
        if (row.at(column) != value)
            return false;
    return true;
}

} // namespace

WrittenWorld::WrittenWorld()
    : simulator_(options()),
      customer_(simulator_.control("GET", "/world").at("examples").at("first_customer")),
      domain_(truth_of("customers", "customer_id", customer_).at("domain")),
      user_token_(
          sign_in("grant_type=refresh_token&refresh_token=" + simulator_.fact("refresh_token"))
      ),
      app_token_(sign_in("grant_type=client_credentials")) {}

std::string WrittenWorld::sign_in(const std::string& grant) const {
    const std::string form = grant + "&client_id=" + simulator_.fact("client_id") +
                             "&client_secret=" + simulator_.fact("client_secret") +
                             "&resource=" + simulator_.fact("resource");
    const HttpAnswer answer = http_call(
        "POST", simulator_.login_url() + "/" + simulator_.fact("tenant_id") + "/oauth2/token", form
    );
    return json::parse(answer.body).at("access_token");
}

namespace {

Answered call(
    const Simulator& simulator,
    const std::string& token,
    const std::string& method,
    const std::string& path,
    const json& body,
    HttpHeaders headers
) {
    headers.emplace_back("Authorization", "Bearer " + token);
    // A text is sent as it is: not everything that clients send is JSON.
    const std::string text = body.is_string() ? body.get<std::string>() : body.dump();
    const HttpAnswer answer =
        http_call(method, simulator.api_url() + path, body.is_null() ? "" : text, headers);
    return {answer.status, json::parse(answer.body, nullptr, false), answer.headers};
}

} // namespace

Answered WrittenWorld::send(
    const std::string& method, const std::string& path, const json& body, const HttpHeaders& headers
) const {
    return call(simulator_, user_token_, method, path, body, headers);
}

Answered WrittenWorld::send_as_app(
    const std::string& method, const std::string& path, const json& body
) const {
    return call(simulator_, app_token_, method, path, body, {});
}

Answered WrittenWorld::send_with_id(
    const std::string& method, const std::string& path, const json& body, const std::string& id
) const {
    return send(
        method, path, body, {{"MS-RequestId", id}, {"MS-CorrelationId", "c" + id.substr(1)}}
    );
}

std::vector<json> WrittenWorld::truth(const std::string& resource, const std::string& query) const {
    return simulator_.control_lines("/truth/" + resource + query);
}

json WrittenWorld::truth_of(
    const std::string& resource, const std::string& column, const std::string& value
) const {
    for (const json& row : truth(resource))
        if (row.at(column) == value)
            return row;
    return nullptr;
}

json WrittenWorld::some(const std::string& resource, const json& values) const {
    for (const json& row : truth(resource, "?details=1&customer=" + customer_))
        if (fits(row, values))
            return row;
    throw std::runtime_error("the world has no " + resource + " like " + values.dump());
}

} // namespace pcmirror::testing
