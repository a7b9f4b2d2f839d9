#include "daemon/login/authorization.hpp"
#include "daemon/login/proof_key.hpp"
#include "sync/http/base64url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST(ProofKey, MakesTheChallengeOfTheSpecification) {
    // RFC 7636, appendix B.
    EXPECT_EQ(
        challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
}

TEST(ProofKey, IsNeverTheSame) {
    const std::string nonce = new_nonce();
    EXPECT_EQ(nonce.size(), 43U);
    EXPECT_NE(nonce, new_nonce());
    EXPECT_TRUE(is_same_nonce(nonce, nonce));
    EXPECT_FALSE(is_same_nonce(nonce, new_nonce()));
    EXPECT_FALSE(is_same_nonce(nonce, nonce + 'a'));
    EXPECT_FALSE(is_same_nonce("", nonce));
}

PartnerCenterSettings settings() {
    PartnerCenterSettings made;
    made.login_url = "https://login.example";
    made.tenant_id = "contoso.example";
    made.client_id = "the-client";
    made.resource = "https://api.example";
    return made;
}

TEST(Authorization, AsksForACodeAndHidesItsVerifier) {
    const Authorization authorization = Authorization::to("http://localhost:1234");
    const std::string url = authorization.url(settings());
    EXPECT_THAT(url, StartsWith("https://login.example/contoso.example/oauth2/authorize?"));
    for (const std::string& part :
         {std::string("client_id=the-client"),
          std::string("response_type=code"),
          std::string("response_mode=query"),
          std::string("redirect_uri=http%3A%2F%2Flocalhost%3A1234"),
          std::string("resource=https%3A%2F%2Fapi.example"),
          "state=" + authorization.state,
          "code_challenge=" + challenge_of(authorization.verifier)})
        EXPECT_THAT(url, HasSubstr(part));
    EXPECT_THAT(url, Not(HasSubstr(authorization.verifier)));
    const std::string grant = encode_form(authorization.grant(Secret("the-code")));
    EXPECT_THAT(
        grant,
        AllOf(HasSubstr("code=the-code"), HasSubstr("code_verifier=" + authorization.verifier))
    );
}

TEST(Authorization, ReadsWhatTheBrowserBringsBack) {
    const Back code = read_back({{"code", "c"}, {"state", "mine"}}, "mine");
    ASSERT_TRUE(std::holds_alternative<Secret>(code));
    EXPECT_EQ(std::get<Secret>(code).reveal(), "c");

    const Back refused = read_back(
        {{"error", "access_denied"},
         {"error_description", "AADSTS65004: User declined.\r\nTrace ID: 1"},
         {"code", "c"},
         {"state", "mine"}},
        "mine"
    );
    ASSERT_TRUE(std::holds_alternative<SignInRefusal>(refused));
    EXPECT_EQ(std::get<SignInRefusal>(refused).error, "access_denied");
    EXPECT_EQ(std::get<SignInRefusal>(refused).number, 65004);
    EXPECT_EQ(std::get<SignInRefusal>(refused).description, "AADSTS65004: User declined.");
}

TEST(Authorization, TakesNothingOfOtherSignIns) {
    EXPECT_TRUE(std::holds_alternative<ForeignBack>(read_back({{"code", "c"}}, "mine")));
    for (const char* field : {"code", "error"})
        EXPECT_TRUE(std::holds_alternative<ForeignBack>(
            read_back({{field, "c"}, {"state", "theirs"}}, "mine")
        ));
    EXPECT_TRUE(std::holds_alternative<NothingBack>(read_back({{"state", "mine"}}, "mine")));
    EXPECT_TRUE(std::holds_alternative<NothingBack>(read_back({}, "mine")));
}

Secret id_token(const std::string& claims) {
    return Secret("head." + base64url(claims) + ".signature");
}

TEST(IdToken, NamesWhoSignedIn) {
    EXPECT_EQ(
        user_in(id_token(R"({"name": "Ada", "upn": "ada@contoso.example"})")), "ada@contoso.example"
    );
    EXPECT_EQ(user_in(id_token(R"({"unique_name": "ada\u001b[2J\nx"})")), "ada [2J x");
    for (const char* token : {"", "a", "a.b", "a.!.c", "..", "a.e30.c"})
        EXPECT_THAT(user_in(Secret(token)), IsEmpty()) << token;
    EXPECT_THAT(user_in(id_token(R"({"upn": 5})")), IsEmpty());
}

TEST(Base64Url, IsReadAsItWasWritten) {
    for (const std::string& bytes :
         {std::string(),
          std::string("f"),
          std::string("fo"),
          std::string("foo"),
          std::string("\xFB\xEF\xFF\0", 4)})
        EXPECT_EQ(read_base64url(base64url(bytes)), bytes);
    EXPECT_EQ(base64url("\xFB\xEF\xFF"), "--__");
    for (const char* text : {"a", "ab=", "a+b", "a/b", "a b"})
        EXPECT_EQ(read_base64url(text), std::nullopt) << text;
}

} // namespace
} // namespace pcmirror
