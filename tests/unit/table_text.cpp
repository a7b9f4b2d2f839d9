#include "daemon/table.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

TEST(TextTable, AlignsColumnsAndLeavesNoTrailingBlanks) {
    TextTable table({{"resource"}, {"rows", TextTable::Align::right}, {"error"}});
    table.add({"customers", "7", ""});
    table.add({"subscriptions", "1234", "timed out"});
    EXPECT_EQ(
        table.text(),
        "resource       rows  error\n"
        "customers         7\n"
        "subscriptions  1234  timed out\n"
    );
}

TEST(TextTable, CountsCharactersNotBytes) {
    EXPECT_EQ(shown_width("Größe"), 5U);
    TextTable table({{"name"}, {"x"}});
    table.add({"Größe", "1"});
    table.add({"abcde", "2"});
    EXPECT_EQ(table.text(), "name   x\nGröße  1\nabcde  2\n");
}

TEST(TextTable, KeepsWhatComesFromOutsideOnItsLine) {
    TextTable table({{"name"}});
    table.add({"two\nlines\x1b[31m"});
    EXPECT_EQ(table.text(), "name\ntwo lines [31m\n");
    EXPECT_EQ(one_line("a\tb\x7f"), "a b ");
}

TEST(TextTable, FillsUpCellsThatAreMissing) {
    TextTable table({{"a"}, {"b"}});
    EXPECT_TRUE(table.empty());
    table.add({"1"});
    EXPECT_FALSE(table.empty());
    EXPECT_EQ(table.text(), "a  b\n1\n");
}

} // namespace
} // namespace pcmirror
