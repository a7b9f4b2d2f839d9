#pragma once

#include "tests/support/simulator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// What the simulator does with requests that change something, shown over HTTP.
namespace pcmirror::testing {

using nlohmann::json;

/// An answer of the API with its body, if that is JSON.
struct Answered {
    int status = 0;
    json body = {};
    std::map<std::string, std::string> headers = {};

    [[nodiscard]] json code() const { return body.value("code", json()); }
};

/// A small world that spells everything in one way, and a client of its API.
class WrittenWorld : public ::testing::Test {
  protected:
    WrittenWorld();

    Answered send(
        const std::string& method,
        const std::string& path,
        const json& body = nullptr,
        const HttpHeaders& headers = {}
    ) const;

    Answered get(const std::string& path) const { return send("GET", path); }

    /// With a token of the application alone.
    Answered
    send_as_app(const std::string& method, const std::string& path, const json& body) const;
    /// Throws where the connection ends without an answer.
    Answered send_with_id(
        const std::string& method, const std::string& path, const json& body, const std::string& id
    ) const;

    /// Paths of the first customer and what belongs to it.
    [[nodiscard]] std::string at(const std::string& rest = "") const {
        return "/v1/customers/" + customer_ + rest;
    }

    [[nodiscard]] std::string
    user_path(const std::string& user, const std::string& rest = "") const {
        return at("/users/" + user + rest);
    }

    [[nodiscard]] std::vector<json>
    truth(const std::string& resource, const std::string& query = "") const;
    /// The row whose column has that value; null: none.
    [[nodiscard]] json truth_of(
        const std::string& resource, const std::string& column, const std::string& value
    ) const;

    /// A row of the first customer's that fits.
    [[nodiscard]] json some(const std::string& resource, const json& values) const;

    void change(const json& wish) const { simulator_.control("POST", "/change", wish); }

    void fault(const json& rule) const { simulator_.control("POST", "/faults", rule); }

    void turn(const std::string& name, const json& value) const {
        simulator_.control("POST", "/switches", {{name, value}});
    }

    [[nodiscard]] json effects(const std::string& query = "") const {
        return simulator_.control("GET", "/effects" + query);
    }

    [[nodiscard]] int count(const std::string& operation) const {
        return effects("?operation=" + operation).at("count");
    }

    Simulator simulator_;
    std::string customer_;
    std::string domain_; ///< of the customer

  private:
    [[nodiscard]] std::string sign_in(const std::string& grant) const;

    std::string user_token_;
    std::string app_token_;
};

} // namespace pcmirror::testing
