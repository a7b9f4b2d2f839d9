#pragma once

#include "sync/gateway/partner_center.hpp"
#include "tests/unit/fake_transport.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pcmirror::fakes {

/// Tokens `token-1`, `token-2`, ...: a new one after each that was refused.
class FakeTokens final : public TokenSource {
  public:
    [[nodiscard]] SignIn kind_for(SignIn need) const override {
        if (app_only && need == SignIn::user) {
            throw Error(Recovery::skip_scope, "needs a user");
        }
        return app_only ? SignIn::app : SignIn::user;
    }

    asio::awaitable<std::string> token(SignIn) override {
        if (failure) {
            throw Error(*failure);
        }
        co_return "token-" + std::to_string(number);
    }

    void refused(SignIn, const std::string& token) override {
        number += token == "token-" + std::to_string(number) ? 1 : 0;
    }

    asio::awaitable<void> settle() override { co_return; }

    bool take_mfa_question(SignIn) override { return asked.insert(number).second; }

    bool app_only = false;
    int number = 1;
    std::set<int> asked;
    std::optional<Error> failure;
};

/// A shared budget that others use, too; keeps what it was told.
class FakeBudget final : public SharedBudget {
  public:
    struct Block {
        std::optional<std::string> customer;
        std::chrono::milliseconds time;
    };

    asio::awaitable<Grant> take(int wanted) override {
        asked.push_back(wanted);
        if (failure) {
            throw Error(*failure);
        }
        Grant grant = next;
        grant.requests = std::min(grant.requests, wanted);
        co_return grant;
    }

    asio::awaitable<void>
    block(std::optional<std::string> customer_id, std::chrono::milliseconds time) override {
        blocks.push_back({std::move(customer_id), time});
        co_return;
    }

    Grant next = {1000, std::chrono::seconds(1), {}, {}};
    std::optional<Error> failure;
    std::vector<int> asked;
    std::vector<Block> blocks;
};

/// The gateway between fakes.
struct Bench {
    Bench() {
        settings.api_url = "https://api.example";
        settings.client_id = "the-client";
        settings.refresh_token_file = "/nowhere/refresh_token";
        settings.requests_per_minute = 0;
    }

    PartnerCenter& gateway() {
        if (!made) {
            made = make_partner_center(
                loop.get_executor(), settings, transport, tokens, budget, clock
            );
        }
        return *made;
    }

    [[nodiscard]] Call call(std::optional<std::string> customer = std::nullopt) {
        Call call;
        call.url = gateway().url_of(
            customer ? "/v1/customers/" + *customer + "/subscriptions" : "/v1/customers?size=500"
        );
        call.customer_id = std::move(customer);
        return call;
    }

    Answer get(Call what) { return finish(loop, clock, gateway().get(std::move(what))); }

    Answer get() { return get(call()); }

    /// Of a customer's data, or of the partner's own.
    Written write(std::optional<std::string> customer = std::nullopt) {
        WriteCall what;
        what.call = call(std::move(customer));
        what.call.sign_in = SignIn::app;
        what.method = "POST";
        what.body = "{}";
        what.request_id = "the-request";
        return finish(loop, clock, gateway().write(std::move(what)));
    }

    /// The `Error` that a call ends with.
    Error failure_of(Call what) {
        try {
            const Answer answer = get(std::move(what));
            throw std::logic_error("answered: " + answer.describe());
        } catch (const Error& error) {
            return error;
        }
    }

    Error failure() { return failure_of(call()); }

    std::shared_ptr<Outcome<Answer>> begin(Call what, asio::cancellation_slot slot = {}) {
        return start(loop, gateway().get(std::move(what)), slot);
    }

    void begin_many(int calls) {
        for (int i = 0; i < calls; ++i) {
            begin(call());
        }
    }

    [[nodiscard]] std::string sent_header(std::size_t at, std::string_view name) const {
        return std::string(header(transport.sent.at(at).request.headers, name));
    }

    /// Milliseconds between the first request and this one.
    [[nodiscard]] std::int64_t sent_at(std::size_t at) const {
        const auto passed = transport.sent.at(at).at - transport.sent.front().at;
        return std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
    }

    FakeClock clock;
    asio::io_context loop;
    PartnerCenterSettings settings;
    FakeTransport transport{clock};
    FakeTokens tokens;
    SharedBudget* budget = nullptr;
    std::unique_ptr<PartnerCenter> made;
};

/// The same with a budget that is shared.
struct BudgetedBench : Bench {
    BudgetedBench() {
        settings.requests_per_minute = 600;
        Bench::budget = &shared;
    }

    FakeBudget shared;
};

} // namespace pcmirror::fakes
