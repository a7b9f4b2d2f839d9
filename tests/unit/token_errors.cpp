#include "sync/http/token_errors.hpp"
#include "sync/http/token_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ostream>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

PartnerCenterSettings some_settings() {
    PartnerCenterSettings settings;
    settings.tenant_id = "contoso.example";
    settings.client_id = "the-client";
    settings.refresh_token_file = "/keep/refresh_token";
    return settings;
}

struct Case {
    int status;
    const char* error;
    int number;
    SignInCure cure;
    const char* says;    ///< in the message
    const char* advises; ///< in the hint
};

void PrintTo(const Case& tried, std::ostream* out) {
    *out << tried.error << ' ' << tried.number;
}

class SignInError : public testing::TestWithParam<Case> {};

TEST_P(SignInError, IsPutIntoItsOwnWords) {
    const Case& given = GetParam();
    const SignInRefusal refusal{given.status, given.error, given.number, "their words", "trace-1"};
    const SignInProblem problem = explain(refusal, some_settings());
    EXPECT_EQ(problem.cure, given.cure);
    EXPECT_THAT(problem.message, HasSubstr(given.says));
    EXPECT_THAT(problem.hint, HasSubstr(given.advises));
    EXPECT_THAT(problem.message + problem.hint, Not(HasSubstr("{")));
    EXPECT_THAT(
        problem.message,
        HasSubstr(given.number != 0 ? "AADSTS" + std::to_string(given.number) : "status")
    );
}

constexpr const char* consent = "token that this yields is stored in /keep/refresh_token";

INSTANTIATE_TEST_SUITE_P(
    Consent,
    SignInError,
    testing::Values(
        Case{400, "invalid_grant", 700082, SignInCure::person, "not used for 90 days", consent},
        Case{400, "invalid_grant", 50173, SignInCure::person, "revoked", consent},
        Case{400, "invalid_grant", 70000, SignInCure::person, "malformed", consent},
        Case{400, "invalid_grant", 70008, SignInCure::person, "has expired", consent},
        Case{400, "invalid_grant", 9002313, SignInCure::person, "another tenant", consent},
        Case{400, "invalid_grant", 50076, SignInCure::person, "lacks the MFA", consent},
        Case{400, "interaction_required", 50079, SignInCure::person, "set up MFA", consent},
        Case{400, "interaction_required", 50158, SignInCure::person, "further check", consent},
        Case{400, "invalid_grant", 65001, SignInCure::person, "nobody has consented", consent},
        Case{400, "invalid_grant", 50057, SignInCure::person, "is disabled", "enable the account"},
        Case{
            400,
            "invalid_grant",
            53003,
            SignInCure::person,
            "Conditional Access blocks",
            "administrator"},
        Case{400, "invalid_grant", 50097, SignInCure::person, "managed device", "administrator"},
        Case{400, "invalid_grant", 530033, SignInCure::person, "compliant device", "administrator"},
        Case{400, "invalid_grant", 123456, SignInCure::person, "is not accepted", consent},
        Case{400, "interaction_required", 0, SignInCure::person, "is not accepted", consent}
    )
);

INSTANTIATE_TEST_SUITE_P(
    Configuration,
    SignInError,
    testing::Values(
        Case{401, "invalid_client", 7000215, SignInCure::person, "secret is wrong", "not its id"},
        Case{
            401, "invalid_client", 7000222, SignInCure::person, "secret has expired", "new secret"},
        Case{
            401,
            "invalid_client",
            7000218,
            SignInCure::other_way,
            "has to prove itself",
            "client_secret_file"},
        Case{401, "invalid_client", 700025, SignInCure::other_way, "public client", "remove"},
        Case{
            401,
            "invalid_client",
            700027,
            SignInCure::person,
            "not registered",
            "register the certificate"},
        Case{
            400,
            "unauthorized_client",
            700016,
            SignInCure::person,
            "does not exist in tenant contoso.example",
            "client_id"},
        Case{
            400,
            "invalid_request",
            90002,
            SignInCure::person,
            "no tenant contoso.example",
            "tenant_id"},
        Case{
            400,
            "invalid_request",
            900023,
            SignInCure::person,
            "no tenant id and no domain",
            "tenant_id"},
        Case{
            400,
            "invalid_resource",
            500011,
            SignInCure::person,
            "api.partnercenter.microsoft.com",
            "partner_center.resource"},
        Case{400, "invalid_resource", 50001, SignInCure::person, "audience", "graph.windows.net"},
        Case{400, "invalid_scope", 70011, SignInCure::person, "scope", "bug"},
        Case{400, "invalid_request", 900144, SignInCure::person, "parameter", "bug"},
        Case{400, "invalid_client", 0, SignInCure::person, "refuses the application", "client_id"},
        Case{404, "", 0, SignInCure::person, "none of a sign-in service", "login_url"},
        Case{407, "", 0, SignInCure::person, "none of a sign-in service", "proxy"}
    )
);

INSTANTIATE_TEST_SUITE_P(
    Passing,
    SignInError,
    testing::Values(
        Case{400, "temporarily_unavailable", 0, SignInCure::wait, "in trouble", ""},
        Case{400, "server_error", 0, SignInCure::wait, "in trouble", ""},
        Case{400, "temporarily_unavailable", 90033, SignInCure::wait, "their words", ""},
        Case{400, "invalid_grant", 50196, SignInCure::wait, "", ""},
        Case{400, "a_word_of_tomorrow", 999, SignInCure::wait, "in trouble", ""},
        Case{429, "", 0, SignInCure::wait, "", ""},
        Case{500, "invalid_grant", 700082, SignInCure::wait, "", ""},
        Case{503, "", 0, SignInCure::wait, "", ""},
        Case{200, "", 0, SignInCure::wait, "", ""}
    )
);

TokenAnswer token_in(const std::string& body) {
    return std::get<TokenAnswer>(read_token_answer({200, {}, body}, {}));
}

TEST(TokenAnswer, MayHaveItsNumbersAsStringsOrNumbers) {
    EXPECT_EQ(token_in(R"({"access_token":"a","expires_in":"3599"})").expires_in, 3599s);
    EXPECT_EQ(token_in(R"({"access_token":"a","expires_in":4549})").expires_in, 4549s);
    EXPECT_EQ(token_in(R"({"access_token":"a"})").expires_in, 10min);
    EXPECT_EQ(token_in(R"({"access_token":"a","expires_in":"soon"})").expires_in, 10min);
    EXPECT_EQ(token_in(R"({"access_token":"a","expires_in":-5})").expires_in, 0s);
    EXPECT_EQ(token_in(R"({"access_token":"a","expires_in":1e99})").expires_in, 24h);
}

TEST(TokenAnswer, MayLeaveOutTheRefreshToken) {
    EXPECT_TRUE(token_in(R"({"access_token":"a"})").refresh_token.empty());
    EXPECT_EQ(
        token_in("\xEF\xBB\xBF{\"access_token\":\"a\",\"refresh_token\":\"r\"}")
            .refresh_token.reveal(),
        "r"
    );
}

TEST(TokenAnswer, WithoutAUsableTokenIsNone) {
    for (const char* body :
         {"",
          "[]",
          "<html>",
          R"({"access_token":""})",
          R"({"access_token":7})",
          R"({"access_token":"a\r\nHost: evil"})",
          R"({"access_token":"é"})"}) {
        const auto answer = read_token_answer({200, {}, body}, {});
        EXPECT_TRUE(std::holds_alternative<SignInRefusal>(answer)) << body;
    }
}

TEST(TokenAnswer, TellsWhyThereIsNoneWithoutSecrets) {
    const auto answer = read_token_answer(
        {400,
         {},
         R"({"error":"invalid_client","error_description":"AADSTS7000215: Secret 's3cr3t' is wrong.\r\nTrace ID: t\r\n",)"
         R"("error_codes":[7000215],"trace_id":"trace-1"})"},
        {"s3cr3t"}
    );
    const auto& refusal = std::get<SignInRefusal>(answer);
    EXPECT_EQ(refusal.error, "invalid_client");
    EXPECT_EQ(refusal.number, 7000215);
    EXPECT_EQ(refusal.description, "AADSTS7000215: Secret '***' is wrong.");
    EXPECT_EQ(refusal.trace_id, "trace-1");
}

TEST(TokenAnswer, TakesTheNumberFromTheTextWhereThereIsNoList) {
    const auto answer = read_token_answer(
        {400, {}, R"({"error":"invalid_grant","error_description":"AADSTS50173: revoked"})"}, {}
    );
    EXPECT_EQ(std::get<SignInRefusal>(answer).number, 50173);
}

TEST(TokenForm, IsEncoded) {
    EXPECT_EQ(
        encode_form({{"a", "x y&z=1"}, {"b", "\u00E9+/~"}}), "a=x%20y%26z%3D1&b=%C3%A9%2B%2F~"
    );
}

} // namespace

} // namespace pcmirror
