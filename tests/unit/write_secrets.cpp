#include "sync/write/secrets.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

TEST(Secrets, GoFromATextWhereverTheyStand) {
    EXPECT_EQ(
        without_secrets("password pw1 is weak: pw1", {{"password", "pw1"}}),
        "password *** is weak: ***"
    );
}

TEST(Secrets, GoAsJsonSpellsThem) {
    EXPECT_EQ(
        without_secrets(R"({"password":"a\"b\\c"})", {{"password", "a\"b\\c"}}),
        R"({"password":"***"})"
    );
}

TEST(Secrets, ThatAreEmptyHideNothing) {
    EXPECT_EQ(without_secrets("as it is", {{"password", ""}}), "as it is");
}

TEST(Secrets, MadeOfStarsEnd) {
    EXPECT_EQ(without_secrets("x*y", {{"password", "*"}}), "x***y");
}

} // namespace
} // namespace pcmirror
