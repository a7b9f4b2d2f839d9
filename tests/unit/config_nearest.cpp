#include "config/read.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace pcmirror::test {

namespace {

const std::vector<std::string> words = {"customers", "subscriptions", "users", "tenant_id", "warn"};

} // namespace

TEST(Nearest, FindsWhatWasMisspelt) {
    EXPECT_EQ(nearest("customer", words), "customers");
    EXPECT_EQ(nearest("subscritpions", words), "subscriptions");
    EXPECT_EQ(nearest("user", words), "users");
    EXPECT_EQ(nearest("usres", words), "users");
}

TEST(Nearest, MindsNeitherCaseNorTheWayWordsAreJoined) {
    EXPECT_EQ(nearest("tenantId", words), "tenant_id");
    EXPECT_EQ(nearest("TENANT-ID", words), "tenant_id");
}

TEST(Nearest, TakesALongerOrShorterForm) {
    EXPECT_EQ(nearest("warning", words), "warn");
    EXPECT_EQ(nearest("tenant", words), "tenant_id");
}

TEST(Nearest, SaysNothingWhereNothingIsNear) {
    EXPECT_EQ(nearest("invoices", words), "");
    EXPECT_EQ(nearest("", words), "");
    EXPECT_EQ(nearest("use", {}), "");
    EXPECT_EQ(nearest(std::string(100'000, 'u'), words), "");
}

} // namespace pcmirror::test
