#include "schema/error.hpp"
#include "sync/write/document.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

TEST(WrittenDocument, KeepsEveryDigitAndTheOrderOfMembers) {
    const std::string json =
        R"({"z":12.3400000000000000001,"a":[1e3,null,true,"\"\n"],"m":{"b":1,"a":-0.10}})";
    EXPECT_EQ(Document::parse(json).json(), json);
}

TEST(WrittenDocument, OfAnAnswerMayBeginWithAByteOrderMark) {
    EXPECT_EQ(Document::parse("\xEF\xBB\xBF{\"a\":1}").json(), R"({"a":1})");
}

TEST(WrittenDocument, ThatIsNoneIsRefused) {
    for (const char* text : {"", "<html>", R"({"a":1)", R"({"a":"\ud800"})"})
        EXPECT_THROW(Document::parse(text), Error) << text;
}

TEST(WrittenDocument, IsChangedWhereAPointerSays) {
    Document document = Document::parse(R"({"Name":"old","inner":{"x":1}})");
    document.set("/name", Document::text("new"));
    document.set("/inner/y", Document::text("more"));
    document.set("/made/of/nothing", Document::text("it"));
    EXPECT_EQ(
        document.json(),
        R"({"Name":"new","inner":{"x":1,"y":"more"},"made":{"of":{"nothing":"it"}}})"
    );
}

TEST(WrittenDocument, TakesOverTheMembersOfAnother) {
    Document document = Document::parse(R"({"a":{"x":1,"y":2},"b":[1,2],"c":3})");
    document.merge(Document::parse(R"({"a":{"y":9},"B":[3],"d":null})"));
    EXPECT_EQ(document.json(), R"({"a":{"x":1,"y":9},"b":[3],"c":3,"d":null})");
}

TEST(WrittenDocument, HidesASecret) {
    Document document = Document::parse(R"({"passwordProfile":{"password":"hush","force":true}})");
    document.mask("/passwordProfile/password");
    document.mask("/userCredentials/password");
    EXPECT_EQ(document.json(), R"({"passwordProfile":{"password":"***","force":true}})");
}

TEST(WrittenDocument, EqualsAnotherByWhatItMeans) {
    const auto same = [](const char* one, const char* other) {
        return Document::parse(one).same_as(Document::parse(other));
    };
    EXPECT_TRUE(same(R"({"a":1,"b":"x"})", R"({"B":"x","a":1.0})"));
    EXPECT_TRUE(same(R"({"a":1,"b":null})", R"({"a":1})"));
    EXPECT_TRUE(same("1.50", "1.5"));
    EXPECT_TRUE(same("100", "100"));
    EXPECT_TRUE(same(
        R"("ABCDEF01-0000-4000-8000-000000000001")", R"("abcdef01-0000-4000-8000-000000000001")"
    ));
    EXPECT_FALSE(same("1.5", "1.51"));
    EXPECT_FALSE(same(R"("a")", R"("A")"));
    EXPECT_FALSE(same("[1,2]", "[2,1]"));
    EXPECT_FALSE(same(R"({"a":1})", R"({"a":1,"b":2})"));
    EXPECT_FALSE(same("1", R"("1")"));
}

} // namespace
} // namespace pcmirror
