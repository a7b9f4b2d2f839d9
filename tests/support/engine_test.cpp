#include "tests/support/engine_test.hpp"

namespace pcmirror::testing {

using nlohmann::json;

void EngineTest::world(std::vector<std::string> options) {
    simulator_ = std::make_unique<Simulator>(std::move(options));
}

Engine& EngineTest::engine(const json& overrides) {
    json settings = {{"partner_center", {{"requests_per_minute", 0}, {"max_attempts", 2}}}};
    settings.merge_patch(overrides);
    engine_.reset();
    engine_ = std::make_unique<Engine>(*simulator_, database_, settings);
    return *engine_;
}

Engine& EngineTest::engine() {
    return engine_ ? *engine_ : engine(json::object());
}

std::vector<json>
EngineTest::requests(const std::string& endpoint, const std::string& customer) const {
    std::vector<json> found;
    for (json& entry : simulator_->control_lines("/log")) {
        const bool fits = endpoint.empty() || entry.at("endpoint") == endpoint;
        if (fits && (customer.empty() || entry.at("customer") == customer))
            found.push_back(std::move(entry));
    }
    return found;
}

std::size_t EngineTest::asked(const std::string& endpoint, const std::string& customer) const {
    return requests(endpoint, customer).size();
}

std::vector<std::string> EngineTest::customers() const {
    std::vector<std::string> ids;
    for (const json& row : simulator_->control_lines("/truth/customers"))
        ids.push_back(row.at("customer_id"));
    return ids;
}

std::vector<std::string> EngineTest::subscriptions_of(const std::string& customer) const {
    std::vector<std::string> ids;
    for (const json& row : simulator_->control_lines("/truth/subscriptions?customer=" + customer))
        ids.push_back(row.at("subscription_id"));
    return ids;
}

std::string EngineTest::scope(
    const std::string& column, const std::string& resource, const std::string& customer
) const {
    const std::string whose =
        customer.empty() ? "customer_id is null" : "customer_id = '" + customer + "'";
    return database_
        .value(
            "select " + column + " from pcmirror.sync_scopes where resource = '" + resource +
            "' and " + whose
        )
        .value_or("NULL");
}

long long EngineTest::rows(const std::string& table, const std::string& where) const {
    return database_.number("select count(*) from " + table + " where " + where);
}

std::string
EngineTest::error_of_pass(const std::string& resource, Recovery recovery, bool with_hint) {
    try {
        engine().pass(resource);
    } catch (const Error& error) {
        EXPECT_EQ(to_string(error.recovery()), to_string(recovery)) << error.what();
        std::string text = error.what();
        expect_no_secret(text + error.hint());
        return with_hint ? text + " | " + error.hint() : text;
    }
    ADD_FAILURE() << "the pass ended well";
    return {};
}

void EngineTest::expect_no_secret(const std::string& text) const {
    const std::string stored = read_file(engine_->directory() / "refresh_token");
    for (const std::string& secret :
         {simulator_->fact("client_secret"),
          simulator_->fact("refresh_token"),
          stored,
          std::string("Bearer"),
          std::string("eyJ0")})
        EXPECT_EQ(text.find(secret), std::string::npos) << text;
}

void EngineTest::expect_mirror_equals_world() const {
    for (const char* resource : {"customers", "subscriptions"})
        EXPECT_EQ(mirrored(database_, resource), truth(*simulator_, resource)) << resource;
}

} // namespace pcmirror::testing
