#include "sync/records/json.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using Kind = JsonTree::Kind;

std::string problem_of(std::string_view json) {
    return JsonTree().parse(json);
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

TEST(JsonTree, FindsMembersByPointerAndWithoutCase) {
    JsonTree tree;
    ASSERT_EQ(tree.parse(R"( {"a":{"B":[1,true,"x"]},"n":null} )"), "");

    const JsonTree::Node* array = tree.find(tree.root(), "/A/b");
    ASSERT_NE(array, nullptr);
    EXPECT_EQ(array->kind, Kind::array);
    const JsonTree::Node& one = tree.at(array->first_child);
    const JsonTree::Node& truth = tree.at(one.next_sibling);
    const JsonTree::Node& text = tree.at(truth.next_sibling);
    EXPECT_EQ(one.text, "1");
    EXPECT_EQ(truth.text, "true");
    EXPECT_EQ(text.text, "x");
    EXPECT_EQ(text.next_sibling, 0U);
    EXPECT_EQ(tree.find(tree.root(), "/n")->kind, Kind::null);
    EXPECT_EQ(tree.find(tree.root(), "/a/c"), nullptr);
    EXPECT_EQ(tree.find(tree.root(), "/n/c"), nullptr);
    EXPECT_EQ(tree.find(tree.root(), ""), &tree.root());
}

TEST(JsonTree, KeepsTheTextOfNumbers) {
    for (const char* text :
         {"0",
          "-0",
          "1.10",
          "1e400",
          "1E-400",
          "12345678901234567890.5",
          "18446744073709551616",
          "-9223372036854775809",
          "0.1e+07"}) {
        JsonTree tree;
        EXPECT_EQ(tree.parse(text), "") << text;
        EXPECT_EQ(tree.root().kind, Kind::number);
        EXPECT_EQ(tree.root().text, text);
        const std::string array = '[' + std::string(text) + "]";
        EXPECT_EQ(tree.parse(array), "") << text;
        EXPECT_EQ(tree.at(1).text, text);
    }
}

TEST(JsonTree, UndoesEscapes) {
    JsonTree tree;
    ASSERT_EQ(tree.parse(R"({"\u0061\n":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 ü"})"), "");
    EXPECT_EQ(tree.at(1).name, "a\n");
    EXPECT_EQ(tree.at(1).text, "\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x98\x80 \xC3\xBC");
}

TEST(JsonTree, RefusesWhatNoColumnCanHold) {
    EXPECT_EQ(problem_of(R"(["\ud800"])"), "a lone surrogate at byte 8");
    for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800x")"})
        EXPECT_NE(problem_of(text).find("surrogate"), std::string::npos) << text;
    for (const char* text :
         {"\"\xFF\"",
          "\"\xC3\"",
          "\"\xED\xA0\x80\"",
          "\"\xC0\x80\"",
          "\"\xF4\x90\x80\x80\"",
          "{\"\xFF\":1}"})
        EXPECT_NE(problem_of(text), "") << text;
    EXPECT_NE(problem_of(R"("a\u0000b")").find("U+0000"), std::string::npos);
    EXPECT_NE(problem_of(R"({"a\u0000b":1})").find("U+0000"), std::string::npos);
    EXPECT_NE(problem_of(std::string("\"a\0b\"", 5)), "");
    EXPECT_NE(problem_of("\"a\nb\""), "");
}

TEST(JsonTree, RefusesAbsurdNumbers) {
    EXPECT_EQ(problem_of(std::string(1000, '9')), "");
    EXPECT_NE(problem_of(std::string(1001, '9')), "");
    EXPECT_EQ(problem_of("1e1000"), "");
    EXPECT_EQ(problem_of("1e-1000"), "");
    for (const char* text :
         {"1e1001", "1e-1001", "1E+99999", "1e99999999999999999999", "1e0002000"})
        EXPECT_NE(problem_of(text), "") << text;
    for (const char* text : {"01", "+1", "1.", ".5", "1e", "-", "NaN", "Infinity", "0x1"})
        EXPECT_NE(problem_of(text), "") << text;
}

TEST(JsonTree, BoundsTheDepth) {
    EXPECT_EQ(problem_of(nested(64)), "");
    EXPECT_EQ(problem_of(nested(65)), "the JSON is nested deeper than 64 levels");
    EXPECT_NE(problem_of(nested(100000)), "");
}

TEST(JsonTree, RefusesWhatIsNoJson) {
    for (const char* text :
         {"",
          " ",
          "{",
          "}",
          "[1,]",
          "{\"a\"}",
          "{\"a\":1,}",
          "{a:1}",
          "'a'",
          "[1] [2]",
          "truth",
          "tru",
          "// c\n1",
          "\"abc",
          "[1}",
          "{\"a\":1]"})
        EXPECT_NE(problem_of(text), "") << text;
}

TEST(JsonTree, RefusesDuplicateMembersThatDiffer) {
    EXPECT_EQ(problem_of(R"({"a":1,"A":2})"), R"(two members named "A" differ)");
    for (const char* text :
         {R"({"a":1,"a":2})",
          R"([{"b":{"x":[1],"X":[1,2]}}])",
          R"({"x":{"y":1},"x":{"y":1,"z":1}})",
          R"({"":1,"":2})"})
        EXPECT_NE(problem_of(text), "") << text;
}

TEST(JsonTree, KeepsOneOfEqualDuplicates) {
    JsonTree tree;
    ASSERT_EQ(tree.parse(R"({"a":{"x":[1]},"b":2,"A":{"x":[1]},"a":{"x":[1]},"c":3})"), "");
    std::string names;
    for (std::uint32_t i = tree.root().first_child; i != 0; i = tree.at(i).next_sibling)
        names += tree.at(i).name;
    EXPECT_EQ(names, "abc");
}

TEST(JsonTree, TellsManyMembersApart) {
    std::string json = "{";
    for (int i = 0; i < 5000; ++i)
        json += "\"member_" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    EXPECT_EQ(problem_of(json + "\"last\":1}"), "");
    EXPECT_NE(problem_of(json + "\"MEMBER_17\":1}"), "");
    EXPECT_EQ(problem_of(json + "\"MEMBER_17\":17}"), "");
}

TEST(JsonTree, IsEmptyAfterAFailure) {
    JsonTree tree;
    EXPECT_EQ(tree.root().kind, Kind::null);
    ASSERT_EQ(tree.parse("[1,2]"), "");
    ASSERT_NE(tree.parse("[1,2"), "");
    EXPECT_EQ(tree.root().kind, Kind::null);
    EXPECT_EQ(tree.root().first_child, 0U);
    ASSERT_EQ(tree.parse("[3]"), "");
    EXPECT_EQ(tree.at(1).text, "3");
}

TEST(JsonTree, KeepsItsTextsWhenMoved) {
    JsonTree tree;
    ASSERT_EQ(tree.parse(R"(["ab"])"), "");
    const JsonTree moved = std::move(tree);
    EXPECT_EQ(moved.at(1).text, "ab");
}

} // namespace
} // namespace pcmirror
