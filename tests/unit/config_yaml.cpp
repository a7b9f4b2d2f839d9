#include "config/syntax.hpp"

#include <gtest/gtest.h>

namespace pcmirror::test {

namespace {

std::optional<SyntaxError> encoding(std::string_view text) {
    return flaw_in_encoding(Lines(text));
}

bool closes(std::string_view text) {
    return quote_closes(Lines(text), {});
}

} // namespace

TEST(ConfigYaml, IsWellFormedUtf8) {
    for (const char* good :
         {"",
          "a\tb\r\n",
          "\xC2\x80",
          "\xDF\xBF",
          "\xE0\xA0\x80",
          "\xED\x9F\xBF",
          "\xEF\xBF\xBF",
          "\xF0\x90\x80\x80",
          "\xF4\x8F\xBF\xBF"})
        EXPECT_FALSE(encoding(good)) << testing::PrintToString(good);
    for (const char* bad :
         {"\x80",
          "\xC0\x80",
          "\xC1\xBF",
          "\xC2",
          "\xC2x",
          "\xE0\x9F\xBF",
          "\xED\xA0\x80",
          "\xE2\x82",
          "\xE2\x82x",
          "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80",
          "\xFF\xFE",
          "\x01",
          "\x7F"})
        EXPECT_TRUE(encoding(bad)) << testing::PrintToString(bad);
}

TEST(ConfigYaml, TellsWhereAByteIsWrong) {
    const auto flaw = encoding("a: 1\nb: \xC3\xA9\xFF\n");

    ASSERT_TRUE(flaw);
    EXPECT_EQ(flaw->at, (Position{2, 5}));
}

TEST(ConfigYaml, QuotesEndWhereTheyAreNeitherDoubledNorEscaped) {
    for (const char* closed :
         {"''", "'it''s'", "\"\"", R"("a\"b")", R"("\\")", R"('\')", "plain", ""})
        EXPECT_TRUE(closes(closed)) << closed;
    for (const char* open : {"'", "'it''", "\"", R"("a\")", "'a\nb"})
        EXPECT_FALSE(closes(open)) << open;
}

TEST(ConfigLines, CountCharactersAndFindThemAgain) {
    const Lines lines("ab\n\xC3\xA9x\n");

    EXPECT_EQ(lines.position(5), (Position{2, 2}));
    EXPECT_EQ(lines.position(1, 2), (Position{2, 2}));
    EXPECT_EQ(lines.offset({2, 2}), 5U);
    EXPECT_EQ(lines.position(7), (Position{3, 1}));
    EXPECT_EQ(lines.position(9, 4), (Position{10, 5}));
    EXPECT_EQ(lines.offset({9, 1}), 7U);
}

} // namespace pcmirror::test
