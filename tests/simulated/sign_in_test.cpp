#include "daemon/program.hpp"
#include "sync/poll/tasks.hpp"
#include "tests/support/engine_test.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <map>
#include <set>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Of each refusal of the sign-in service a few words that no other has, or that matter most.
const std::map<int, const char*> words_of_refusals = {
    {700082, "not used for 90 days"},
    {50173, "revoked"},
    {70000, "malformed"},
    {70008, "expired or was revoked"},
    {9002313, "another tenant"},
    {50076, "MFA"},
    {50079, "set up MFA"},
    {50158, "further check"},
    {65001, "consented"},
    {50057, "disabled"},
    {53003, "Conditional Access blocks"},
    {50097, "managed device"},
    {530033, "compliant device"},
    {7000215, "secret is wrong"},
    {7000222, "secret has expired"},
    {700027, "certificate"},
    {700016, "does not exist"},
    {90002, "no tenant"},
    {900023, "no tenant id"},
    {900144, "parameter"},
    {500011, "service principal"},
    {50001, "audience"},
    {70011, "scope"},
    {700025, "public client"},
    {7000218, "prove itself"}};

class SigningIn : public EngineTest {
  protected:
    SigningIn() { world({"--customers", "40", "--subscriptions", "1"}); }

    [[nodiscard]] std::vector<std::string> members(const std::string& name) const {
        std::vector<std::string> values;
        for (const json& request : requests())
            if (request["endpoint"] != "token")
                values.push_back(request[name].get<std::string>());
        return values;
    }
};

TEST_F(SigningIn, TakesOneTokenForAllWhoWait) {
    engine().sync();
    EXPECT_EQ(asked("token"), 1U);

    tokens({{"expire_access_tokens", true}});
    forget_requests();
    const PassReport report = engine().pass("subscriptions");
    EXPECT_EQ(report.totals.scopes_ok, 40U);
    EXPECT_EQ(asked("token"), 1U);
    // Whoever was refused asked once more, under the same request id.
    std::map<std::string, std::size_t> attempts;
    for (const json& request : requests("list_subscriptions"))
        ++attempts[request["request_id"]];
    EXPECT_THAT(attempts, SizeIs(40));
    for (const auto& [id, count] : attempts)
        EXPECT_LE(count, 2U);
}

TEST_F(SigningIn, RenewsOnceAndRetriesOnceAfterARefusal) {
    fault({{"fault", "token_refused"}, {"times", 1}});
    EXPECT_EQ(engine().pass("customers").totals.scopes_ok, 1U);
    EXPECT_EQ(asked("token"), 2U);
    const std::vector<json> list = requests("list_customers");
    ASSERT_THAT(list, SizeIs(2));
    EXPECT_EQ(list[0]["status"], 401);
    EXPECT_EQ(list[1]["status"], 200);
    EXPECT_NE(list[0]["token_serial"], list[1]["token_serial"]);
    EXPECT_EQ(list[0]["request_id"], list[1]["request_id"]);
}

TEST_F(SigningIn, GivesUpWhenAFreshTokenIsRefusedToo) {
    fault({{"fault", "token_refused"}});
    const std::string text = error_of_pass("customers", Recovery::fix_api);
    EXPECT_THAT(text, HasSubstr("the API refuses a fresh token"));
    EXPECT_THAT(text, HasSubstr("request id"));
    EXPECT_EQ(asked("token"), 2U);
    EXPECT_EQ(asked("list_customers"), 2U);
}

TEST_F(SigningIn, StoresARotatedTokenAndUsesItNext) {
    tokens({{"rotate", true}, {"forget_old_refresh_token", true}});
    const std::filesystem::path file = engine().directory() / "refresh_token";
    std::set<std::string> stored{read_file(file)};
    for (int round = 0; round < 3; ++round) {
        tokens({{"expire_access_tokens", true}});
        engine().pass("customers");
        stored.insert(read_file(file));
        EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0600});
    }
    EXPECT_THAT(stored, SizeIs(4));
    EXPECT_EQ(asked("token"), 3U);
    for (const auto& entry : std::filesystem::directory_iterator(engine().directory()))
        EXPECT_THAT(
            entry.path().filename().string(),
            AnyOf("refresh_token", "client_secret", "pcmirror.yaml", "state")
        );
}

TEST_F(SigningIn, KeepsARotatedTokenAlsoWhereTheCallFails) {
    tokens({{"rotate", true}, {"forget_old_refresh_token", true}});
    const std::string before = read_file(engine().directory() / "refresh_token");
    fault({{"fault", "refuse"}, {"path", "/v1/customers"}, {"times", 1}});
    error_of_pass("customers", Recovery::fix_api);
    EXPECT_NE(read_file(engine().directory() / "refresh_token"), before);
    EXPECT_EQ(engine().pass("customers").totals.scopes_ok, 1U);
}

asio::awaitable<void> ask_and_give_up(Program& program) {
    const auto executor = co_await asio::this_coro::executor;
    const auto ask = [](TokenSource& tokens) -> asio::awaitable<void> {
        co_await tokens.token(SignIn::user);
    };
    TaskGroup group(executor);
    group.spawn(ask(program.tokens()));
    co_await asio::post(executor, asio::use_awaitable);
    group.cancel();
    co_await group.join();
}

TEST_F(SigningIn, KeepsARotatedTokenAlsoWhereTheProgramStopsMeanwhile) {
    tokens({{"rotate", true}, {"forget_old_refresh_token", true}});
    const std::filesystem::path file = engine().directory() / "refresh_token";
    const std::string before = read_file(file);
    fault({{"fault", "slow_first_byte"}, {"milliseconds", 300}, {"path", "oauth2"}});
    {
        Program program(engine().settings(), "test", Program::Budget::own);
        program.run(ask_and_give_up(program));
    }
    EXPECT_NE(read_file(file), before);
    no_faults();
    EXPECT_EQ(engine().pass("customers").totals.scopes_ok, 1U);
}

TEST_F(SigningIn, ExplainsEachRefusalInItsOwnWordsAndStormsNobody) {
    for (const auto& [number, reason] : words_of_refusals) {
        SCOPED_TRACE(number);
        engine(json::object());
        forget_requests();
        no_faults();
        fault({{"fault", "token_error"}, {"aadsts", number}});
        const std::string text = error_of_pass("customers", Recovery::fix_api);
        EXPECT_THAT(text, HasSubstr("AADSTS" + std::to_string(number)));
        EXPECT_THAT(text, HasSubstr(reason));
        EXPECT_THAT(text, HasSubstr(" | ")) << "no hint";
        // These two are tried once without, or with, the secret.
        const bool two_ways = number == 700025 || number == 7000218;
        EXPECT_EQ(asked("token"), two_ways ? 2U : 1U);
        EXPECT_EQ(asked("list_customers"), 0U);
        // Known trouble is not asked about again at once.
        error_of_pass("customers", Recovery::fix_api);
        EXPECT_EQ(asked("token"), two_ways ? 2U : 1U);
    }
    EXPECT_EQ(rows("pcmirror.sync_runs", "outcome = 'failed' and error <> ''"), 50);
}

TEST_F(SigningIn, TriesAgainWhenTheServiceIsInTrouble) {
    for (const json& trouble :
         {json{{"fault", "token_error"}, {"aadsts", 90033}},
          json{{"fault", "token_status"}, {"status", 503}},
          json{{"fault", "token_status"}, {"status", 500}, {"body", "html"}},
          json{{"fault", "token_status"}, {"status", 429}, {"retry_after", "0"}},
          json{{"fault", "cut_body"}, {"path", "oauth2"}},
          json{{"fault", "reset_after"}, {"path", "oauth2"}}}) {
        SCOPED_TRACE(trouble.dump());
        engine(json::object());
        forget_requests();
        json rule = trouble;
        rule["times"] = 1;
        fault(rule);
        EXPECT_EQ(engine().pass("customers").totals.scopes_ok, 1U);
        EXPECT_EQ(asked("token"), 2U);
        no_faults();
    }
}

TEST_F(SigningIn, GoesOnAtOnceWhenTheSecretWasMended) {
    const std::filesystem::path file = engine().directory() / "client_secret";
    const std::string secret = read_file(file);
    write_file(file, "wrong-secret\n");
    const std::string text = error_of_pass("customers", Recovery::fix_api);
    EXPECT_THAT(text, HasSubstr("AADSTS7000215"));
    EXPECT_EQ(text.find("wrong-secret"), std::string::npos);
    write_file(file, secret);
    EXPECT_EQ(engine().pass("customers").totals.scopes_ok, 1U);
}

TEST_F(SigningIn, NeedsNoUserForCustomersAndSubscriptions) {
    for (const char* auth : {"app_only", "auto"}) {
        SCOPED_TRACE(auth);
        engine({{"partner_center", {{"auth", auth}}}});
        // A revoked consent stops nothing that needs none.
        tokens({{"revoke_refresh_token", true}});
        forget_requests();
        for (const PassReport& report : engine().sync())
            EXPECT_EQ(report.totals.scopes_ok, report.totals.scopes);
        EXPECT_THAT(members("token_kind"), Each("app"));
        EXPECT_EQ(asked("token"), 1U);
    }
    expect_mirror_equals_world();
}

TEST_F(SigningIn, SaysThatMfaIsMissing) {
    for (const char* form : {"new", "old"}) {
        SCOPED_TRACE(form);
        engine(json::object());
        fault({{"fault", "mfa_401"}, {"form", form}});
        const std::string text = error_of_pass("customers", Recovery::fix_api);
        EXPECT_THAT(text, HasSubstr("MFA"));
        EXPECT_THAT(text, HasSubstr("consents"));
        no_faults();
    }
}

TEST_F(SigningIn, AsksAboutMfaOncePerToken) {
    fault({{"fault", "mfa_noncompliant"}});
    engine().sync();
    tokens({{"expire_access_tokens", true}});
    engine().pass("subscriptions");
    std::map<int, int> asked_with;
    for (const json& request : requests())
        if (request["endpoint"] != "token" && request["status"] == 200)
            asked_with[request["token_serial"]] += request["validate_mfa"] ? 1 : 0;
    EXPECT_EQ(asked_with, (std::map<int, int>{{1, 1}, {2, 1}}));
}

} // namespace
} // namespace pcmirror::testing
