#include "sync/write/whole_answer.hpp"
#include "tests/unit/records_rows.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

constexpr const char* mirrored =
    R"({"customer_id":"4d3cf487-70f4-4e1e-9ff1-b2bfce8d9f04","thing_id":"t","label":"L",
        "quantity":null,"tags":["a"],"extra":{"size":1,"box":{"top":1}}})";

bool is_whole(std::string_view answer) {
    Decoder decoder(testing::things);
    EXPECT_FALSE(decoder.decode(answer, testing::surroundings()));
    return has_all_of(testing::things.table(), decoder.rows().front(), Document::parse(mirrored));
}

TEST(WholeAnswer, HasAValueWhereverTheMirrorHasOne) {
    EXPECT_TRUE(is_whole(R"({"id":"t","profile":{"label":"new"},"size":2,"box":{"top":2}})"));
    EXPECT_FALSE(is_whole(R"({"id":"t","size":2,"box":{"top":2}})"));
    EXPECT_FALSE(is_whole(R"({"id":"t","profile":{"label":null},"size":2,"box":{"top":2}})"));
}

TEST(WholeAnswer, MayTellMoreThanTheMirrorHas) {
    EXPECT_TRUE(is_whole(
        R"({"id":"t","profile":{"label":"L"},"quantity":1,"size":2,"box":{"top":1},"colour":"none"})"
    ));
}

TEST(WholeAnswer, HasTheMembersThatNoColumnHas) {
    EXPECT_FALSE(is_whole(R"({"id":"t","profile":{"label":"L"}})"));
    EXPECT_FALSE(is_whole(R"({"id":"t","profile":{"label":"L"},"box":{"top":2}})"));
    EXPECT_FALSE(is_whole(R"({"id":"t","profile":{"label":"L"},"size":1,"box":{"low":2}})"));
}

} // namespace
} // namespace pcmirror
