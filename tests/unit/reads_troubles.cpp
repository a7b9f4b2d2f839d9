#include "sync/poll/row_troubles.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

std::string guid(int number) {
    return fmt::format("00000000-0000-4000-8000-{:012d}", number);
}

std::string refused(int user) {
    return fmt::format("403 (code 900421): Access denied [request id {}]", guid(1000 + user));
}

std::string broken(int user) {
    return fmt::format(
        "GET /v1/customers/{}/users/{}/licenses: no success in 2 attempts, the last: 500 "
        "[request id {}]",
        guid(1),
        guid(user),
        guid(2000 + user)
    );
}

TEST(RowTroubles, OfOneRowAreSaidWordForWord) {
    RowTroubles troubles;
    troubles.add(guid(7), refused(7));
    EXPECT_EQ(troubles.text("users"), guid(7) + ": " + refused(7));
}

TEST(RowTroubles, OfManyRowsForOneReasonAreSaidOnceWithACountAndAnExample) {
    RowTroubles troubles;
    for (int user = 10; user < 310; ++user)
        troubles.add(guid(user), broken(user));
    EXPECT_EQ(
        troubles.text("users"),
        "300 users: GET /v1/customers/.../users/.../licenses: no success in 2 attempts, the last: "
        "500 (such as " +
            guid(10) + " [request id " + guid(2010) + "])"
    );
}

TEST(RowTroubles, OfSeveralPortionsAreToldTogether) {
    RowTroubles troubles;
    for (int portion = 0; portion < 3; ++portion) {
        RowTroubles more;
        more.add(guid(portion), refused(portion));
        more.add(guid(20 + portion), refused(20 + portion));
        more.add_unasked(100);
        troubles += more;
    }
    EXPECT_EQ(
        troubles.text("users"),
        "6 users: 403 (code 900421): Access denied (such as " + guid(0) + " [request id " +
            guid(1000) + "]); 300 users were not asked after that"
    );
}

TEST(RowTroubles, NameTheFirstFewReasonsAndCountTheRest) {
    RowTroubles troubles;
    for (int user = 0; user < 40; ++user)
        troubles.add(guid(user), fmt::format("reason {}", user));
    EXPECT_EQ(
        troubles.text("users"),
        guid(0) + ": reason 0; " + guid(1) + ": reason 1; " + guid(2) + ": reason 2; " + guid(3) +
            ": reason 3; " + guid(4) + ": reason 4; 35 users for other reasons"
    );
}

TEST(RowTroubles, AreEmptyUntilThereIsOne) {
    RowTroubles troubles;
    EXPECT_TRUE(troubles.empty());
    EXPECT_EQ(troubles.text("users"), "");
    troubles.add_unasked(1);
    EXPECT_FALSE(troubles.empty());
}

} // namespace
} // namespace pcmirror::testing
