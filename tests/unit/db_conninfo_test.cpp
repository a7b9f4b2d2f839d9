#include "sync/db/conninfo.hpp"
#include "sync/db/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string shown(const std::string& url) {
    return without_password(Secret(url));
}

TEST(ConnectionString, IsShownWithoutPasswordInTheFormItCameIn) {
    EXPECT_EQ(shown("postgresql://me:sesame@db:5433/mirror"), "postgresql://me:***@db:5433/mirror");
    EXPECT_EQ(shown("postgres:///pcmirror"), "postgresql:///pcmirror");
    EXPECT_EQ(
        shown("postgresql://me@/mirror?host=/run/pg&password=sesame"),
        "postgresql://me:***@%2Frun%2Fpg/mirror"
    );
    EXPECT_EQ(
        shown("postgresql://me:s%40same@a:1,b:2/mirror?sslmode=verify-full"),
        "postgresql://me:***@a:1,b:2/mirror?sslmode=verify-full"
    );
    EXPECT_EQ(
        shown("host=db password='open sesame' dbname=mirror user='a b'"),
        "user='a b' password=*** dbname=mirror host=db"
    );
}

TEST(ConnectionString, ShowsNothingOfATextThatItCanNotRead) {
    for (const char* text :
         {"password=open sesame", "postgresql://me:ses/ame@[db/mirror", "sesame"}) {
        EXPECT_THAT(shown(text), Not(HasSubstr("same")));
        try {
            const ConnectionString parsed{Secret(text)};
            FAIL() << text << " was read";
        } catch (const Error& error) {
            EXPECT_EQ(error.recovery(), Recovery::fix_config);
            EXPECT_THAT(error.what(), Not(HasSubstr("same")));
        }
    }
}

TEST(ConnectionString, KeepsEveryValueThroughItsText) {
    const std::string odd = R"(a'b\c d)";
    const ConnectionString first{Secret(R"(user='a\'b\\c d' dbname=x)")};
    ASSERT_EQ(first.get("user"), odd);
    const ConnectionString second{Secret(first.text())};
    EXPECT_EQ(second.get("user"), odd);
    EXPECT_EQ(second.get("dbname"), "x");
}

TEST(ConnectionString, TakesADefaultOnlyWhereNothingWasSaid) {
    ConnectionString target{Secret("connect_timeout=3")};
    target.set_default("connect_timeout", "10", nullptr);
    target.set_default("keepalives_idle", "60", nullptr);
    target.set_default("tcp_user_timeout", "1", "PATH");
    EXPECT_EQ(target.get("connect_timeout"), "3");
    EXPECT_EQ(target.get("keepalives_idle"), "60");
    EXPECT_FALSE(target.has("tcp_user_timeout"));
}

TEST(ConnectionWords, LeaveOutAdviceAndRepetition) {
    EXPECT_EQ(
        connection_words(
            "connection to server at \"::1\", port 5432 failed: Connection refused\n"
            "\tIs the server running on that host and accepting TCP/IP connections?\n"
            "connection to server at \"127.0.0.1\", port 5432 failed: Connection refused\n"
            "\tIs the server running on that host and accepting TCP/IP connections?\n"
        ),
        "Connection refused"
    );
    EXPECT_EQ(
        connection_words("connection to server on socket \"/run/.s\" failed: FATAL:  database "
                         "\"mirror\" does not exist\n"),
        "database \"mirror\" does not exist"
    );
}

} // namespace
} // namespace pcmirror
