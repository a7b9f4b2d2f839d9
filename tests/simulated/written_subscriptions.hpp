#pragma once

#include "tests/simulated/written_world.hpp"

#include <stdexcept>

namespace pcmirror::testing {

/// Subscriptions of the first customer that can be written.
class WrittenSubscriptions : public WrittenWorld {
  protected:
    [[nodiscard]] std::string path(const std::string& id) const {
        return at("/subscriptions/" + id);
    }

    // A subscription that can be written, and nothing is special about.
    [[nodiscard]] std::string prepared(bool legacy, const json& members) const {
        for (const json& row : truth("subscriptions", "?details=1&customer=" + customer_)) {
            if (row.at("etag").is_null() == legacy || row.at("billing_type") != "license" ||
                !row.at("parent_subscription_id").is_null())
                continue;
            std::string id = row.at("subscription_id");
            json usual = {{"quantity", 20}, {"status", "active"}};
            usual.update(members);
            change({{"set", {customer_, id, usual}}});
            return id;
        }
        throw std::runtime_error("the world has no such subscription");
    }

    [[nodiscard]] std::string legacy(const json& members = json::object()) const {
        return prepared(true, members);
    }

    [[nodiscard]] std::string modern(const json& members = json::object()) const {
        return prepared(false, members);
    }

    [[nodiscard]] json read(const std::string& id) const { return get(path(id)).body; }

    // The whole resource with the change in it.
    Answered
    patch(const std::string& id, const json& change, const HttpHeaders& headers = {}) const {
        json body = read(id);
        body.merge_patch(change);
        return send("PATCH", path(id), body, headers);
    }

    [[nodiscard]] json row(const std::string& id) const {
        return truth_of("subscriptions", "subscription_id", id);
    }

    static std::string quoted_etag(const json& subscription) {
        return "\"" + subscription.at("attributes").at("etag").get<std::string>() + "\"";
    }
};

} // namespace pcmirror::testing
