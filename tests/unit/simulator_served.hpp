#pragma once

#include "tests/simulator/service.hpp"

#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace pcmirror::simulator {

/// A small world with what serves it, and a token for it.
class Served {
  public:
    static constexpr std::uint64_t seed = 7;

    /// `room` for answers that are given again.
    explicit Served(std::size_t room = 0)
        : state_({.seed = seed, .customers = 8, .users = 300}, Registration(seed), room) {
        turn("spelling_seed", "1");
        turn("page_size", "50");
    }

    void turn(const std::string& name, const std::string& value, const std::string& customer = "") {
        ASSERT_EQ(state_.switches.set(customer, name, value), std::nullopt);
    }

    void fault(const nlohmann::json& rule) { ASSERT_EQ(state_.faults.add(rule), std::nullopt); }

    void change(const nlohmann::json& wish) {
        const std::string answer =
            Control(state_).answer({"POST", "/change", {}, wish.dump()}).body;
        ASSERT_THAT(answer, ::testing::Not(::testing::HasSubstr("error")));
    }

    Reply ask(const std::string& target, const Headers& more = {}) {
        return ask_with(user_token_, target, more);
    }

    Reply ask_as_app(const std::string& target) { return ask_with(app_token_, target, {}); }

    [[nodiscard]] std::string log() const { return state_.log.lines(0); }

    [[nodiscard]] std::uint64_t count(const char* of) const { return state_.answers.stats()[of]; }

  private:
    Reply ask_with(const std::string& token, const std::string& target, const Headers& more) {
        Request request{"GET", target, {{"Authorization", "Bearer " + token}}, ""};
        request.headers.insert(request.headers.end(), more.begin(), more.end());
        return service_.answer(request);
    }

    std::string sign_in(const std::string& grant) {
        const Registration& known = state_.tokens.registration();
        const std::string form = grant + "&client_id=" + known.client_id +
                                 "&client_secret=" + known.client_secret +
                                 "&resource=" + known.resource;
        const Request request{"POST", "/" + known.tenant_id + "/oauth2/token", {}, form};
        return nlohmann::json::parse(service_.answer(request).body).at("access_token");
    }

    State state_;
    Service service_{state_};
    std::string user_token_ =
        sign_in("grant_type=refresh_token&refresh_token=" + state_.tokens.first_refresh_token());
    std::string app_token_ = sign_in("grant_type=client_credentials");
};

} // namespace pcmirror::simulator
