#include "sync/write/answers.hpp"
#include "sync/write/secrets.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

Answer success(const std::string& body) {
    Answer answer;
    answer.status = 200;
    answer.body = body;
    return answer;
}

TEST(WriteAnswers, OfAProxyOrCutOffAreNotTheApis) {
    EXPECT_TRUE(is_of_somebody_else(success("<html>Sign in</html>")));
    EXPECT_TRUE(is_of_somebody_else(success("Blocked by policy")));
    EXPECT_TRUE(is_of_somebody_else(success(R"({"id":"1","displayName":"A)")));
    EXPECT_TRUE(is_of_somebody_else(success("\xEF\xBB\xBF[{\"id\":1},")));
}

TEST(WriteAnswers, WithNothingOrDamagedTextsInThemAreTheApis) {
    EXPECT_FALSE(is_of_somebody_else(success("")));
    EXPECT_FALSE(is_of_somebody_else(success("\xEF\xBB\xBF \r\n")));
    EXPECT_FALSE(is_of_somebody_else(success("null")));
    EXPECT_FALSE(is_of_somebody_else(success("\xEF\xBB\xBF{\"id\":\"1\"} \n")));
    EXPECT_FALSE(is_of_somebody_else(success(R"({"lastName":"a\ud83d"})")));
    EXPECT_FALSE(is_of_somebody_else(success("{\"lastName\":\"a\xFF\"}")));
}

TEST(WriteAnswers, ThatRefuseAreReadByTheirStatusWhateverTheyAreWrittenIn) {
    Answer refused = success("<html>Bad request</html>");
    refused.status = 400;
    EXPECT_FALSE(is_of_somebody_else(refused));
}

TEST(WriteAnswers, ThatCanNotBeReadTellNothing) {
    EXPECT_TRUE(body_of_success(success("")).is_null());
    EXPECT_TRUE(body_of_success(success(R"({"lastName":"a\ud83d"})")).is_null());
    EXPECT_EQ(body_of_success(success(R"({"id":"1"})")).text_at("/id"), "1");
}

TEST(MaskedDocuments, StayDocumentsWhateverASecretIsPartOf) {
    Document answer = Document::parse(
        R"({"id":1123456,"password":"123","other":["a 123 b",{"x":"q\"123"}],"sure":true})"
    );
    mask_secrets(answer, {{"password", "123"}});
    EXPECT_EQ(
        answer.json(),
        R"({"id":"1***456","password":"***","other":["a *** b",{"x":"q\"***"}],"sure":true})"
    );
    EXPECT_FALSE(Document::parse(answer.json()).is_null());
}

} // namespace
} // namespace pcmirror
