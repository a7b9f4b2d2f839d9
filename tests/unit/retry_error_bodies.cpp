#include "sync/http/plain_text.hpp"
#include "sync/http/retry.hpp"

#include <gtest/gtest.h>

namespace pcmirror {

namespace {

struct Body {
    const char* name;
    std::string text;
    int code;
    std::string description;
};

class ApiErrorBody : public testing::TestWithParam<Body> {};

TEST_P(ApiErrorBody, IsReadWhateverItsShape) {
    const ApiError error = read_api_error(GetParam().text);
    EXPECT_EQ(error.code, GetParam().code);
    EXPECT_EQ(error.description, GetParam().description);
}

INSTANTIATE_TEST_SUITE_P(
    Documented,
    ApiErrorBody,
    testing::Values(
        Body{
            "number",
            R"({"code":20002,"description":"no relationship","data":[],"source":"PartnerFD"})",
            20002,
            "no relationship"},
        Body{
            "text",
            R"({"code":"900421","description":"MFA is required."})",
            900421,
            "MFA is required."},
        Body{"caseless", R"({"Code":2000,"Description":"d"})", 2000, "d"},
        Body{"marked", "\xEF\xBB\xBF{\"code\":1000,\"description\":\"gone\"}", 1000, "gone"},
        Body{
            "agreements",
            R"({"code":600061,"message":"m","description":"d","errorName":"n","isRetryable":false})",
            600061,
            "d"},
        Body{
            "gateway",
            R"({"statusCode":429,"message":"Rate limit is exceeded."})",
            0,
            "Rate limit is exceeded."},
        Body{"message", R"({"message":"The request is invalid."})", 0, "The request is invalid."},
        Body{"nested", R"({"error":{"code":"5000","message":"try later"}})", 5000, "try later"},
        Body{"word", R"({"error":{"code":"unauthenticated","message":"no"}})", 0, "no"},
        Body{"oauth", R"({"error":"invalid_grant","error_description":"expired"})", 0, "expired"},
        Body{"string", R"("Bad Request")", 0, "Bad Request"}
    ),
    [](const auto& instance) { return std::string(instance.param.name); }
);

INSTANTIATE_TEST_SUITE_P(
    Odd,
    ApiErrorBody,
    testing::Values(
        Body{"empty", "", 0, ""},
        Body{"plain", "upstream\r\n  timed out\t", 0, "upstream timed out"},
        Body{"html", "\r\n<!DOCTYPE html><p>502</p>", 0, ""},
        Body{"list", "[1,2]", 0, ""},
        Body{
            "entities",
            R"({"code":1,"description":"We&#39;re &amp; you&#x2019;ve &lt;b&gt; &bogus; &#0;"})",
            1,
            "We're & you\u2019ve <b> &bogus; &#0;"},
        Body{"once", R"({"code":1,"description":"&amp;#39;"})", 1, "&#39;"},
        Body{"lines", R"({"code":1,"description":" a\r\n\tb\u0000c "})", 1, "a b c"},
        Body{"badbyte", "{\"code\":7,\"description\":\"a\xFFz\"}", 7, "a?z"},
        Body{"huge", R"({"code":99999999999999999999,"description":"d"})", 0, "d"},
        Body{"negative", R"({"code":-4,"description":"d"})", 0, "d"},
        Body{"fraction", R"({"code":1.5,"description":"d"})", 0, "d"},
        Body{"mixed", R"({"code":"20x","description":"d"})", 0, "d"},
        Body{"types", R"({"code":[],"description":{},"message":"m"})", 0, "m"}
    ),
    [](const auto& instance) { return std::string(instance.param.name); }
);

TEST(ApiErrorText, IsCutBetweenCharacters) {
    std::string long_text;
    for (int i = 0; i < 200; ++i) {
        long_text += "\u20AC";
    }
    const ApiError error = read_api_error("{\"code\":1,\"description\":\"" + long_text + "\"}");
    EXPECT_LE(error.description.size(), 300U);
    EXPECT_GE(error.description.size(), 290U);
    EXPECT_TRUE(error.description.ends_with("..."));
    EXPECT_EQ(valid_utf8(error.description), error.description);
}

TEST(ApiErrorText, ComesFromBodiesOfAnySizeWithoutHarm) {
    EXPECT_EQ(read_api_error(std::string(5'000'000, '[')).code, 0);
    EXPECT_LE(read_api_error(std::string(5'000'000, 'x')).description.size(), 300U);
}

TEST(ValidUtf8, ReplacesExactlyTheBytesThatAreNone) {
    EXPECT_EQ(
        valid_utf8("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"
    );
    EXPECT_EQ(valid_utf8("\xED\xA0\x80"), "???") << "a surrogate";
    EXPECT_EQ(valid_utf8("\xC0\xAF"), "??") << "an overlong form";
    EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), "????") << "beyond U+10FFFF";
    EXPECT_EQ(valid_utf8("a\xE2\x82"), "a??") << "cut off";
}

} // namespace

} // namespace pcmirror
