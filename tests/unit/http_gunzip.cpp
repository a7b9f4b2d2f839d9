#include "daemon/web/gzip.hpp"
#include "sync/http/gunzip.hpp"

#include <gtest/gtest.h>

namespace pcmirror::http {

using Outcome = Gunzip::Outcome;

TEST(Gunzip, GivesBackTheTextHoweverItIsCut) {
    std::string text;
    for (int i = 0; text.size() < 300'000; ++i) {
        text += std::to_string(i * 7919) + ",";
    }
    const std::string packed = web::gzipped(text);

    for (const std::size_t step : {std::size_t{1}, std::size_t{13}, packed.size()}) {
        Gunzip gunzip(text.size());
        std::string output;
        for (std::size_t at = 0; at < packed.size(); at += step) {
            ASSERT_EQ(gunzip.feed(std::string_view(packed).substr(at, step), output), Outcome::ok);
        }
        EXPECT_TRUE(gunzip.complete());
        EXPECT_EQ(output, text);
    }
}

TEST(Gunzip, JoinsMembers) {
    Gunzip gunzip(100);
    std::string output;
    EXPECT_EQ(
        gunzip.feed(web::gzipped("one ") + web::gzipped("") + web::gzipped("two"), output),
        Outcome::ok
    );
    EXPECT_EQ(output, "one two");
    EXPECT_TRUE(gunzip.complete());
}

TEST(Gunzip, TellsAnUnfinishedStreamFromAWholeOne) {
    const std::string packed = web::gzipped("some text");
    Gunzip gunzip(100);
    std::string output;
    EXPECT_TRUE(gunzip.complete());
    EXPECT_EQ(gunzip.feed(packed.substr(0, packed.size() - 1), output), Outcome::ok);
    EXPECT_FALSE(gunzip.complete());
    EXPECT_EQ(gunzip.feed(packed.substr(packed.size() - 1), output), Outcome::ok);
    EXPECT_TRUE(gunzip.complete());
}

TEST(Gunzip, StopsABombAtTheLimit) {
    const std::string bomb = web::gzipped(std::string(50 << 20, '0'));
    ASSERT_LT(bomb.size(), std::size_t{100} << 10);
    constexpr std::size_t limit = 100'000;
    Gunzip gunzip(limit);
    std::string output;
    EXPECT_EQ(gunzip.feed(bomb, output), Outcome::too_large);
    EXPECT_LE(output.size(), limit);
}

TEST(Gunzip, AcceptsExactlyTheLimit) {
    const std::string text(100'000, 'x');
    std::string output;
    EXPECT_EQ(Gunzip(text.size()).feed(web::gzipped(text), output), Outcome::ok);
    output.clear();
    EXPECT_EQ(Gunzip(text.size() - 1).feed(web::gzipped(text), output), Outcome::too_large);
}

TEST(Gunzip, RefusesWhatIsNotGzip) {
    std::string output;
    EXPECT_EQ(Gunzip(100).feed("plain text", output), Outcome::broken);
    EXPECT_EQ(Gunzip(100).feed(web::gzipped("text") + "more", output), Outcome::broken);
    std::string wrong_check_sum = web::gzipped("text");
    wrong_check_sum[wrong_check_sum.size() - 6] ^= 1;
    EXPECT_EQ(Gunzip(100).feed(wrong_check_sum, output), Outcome::broken);
}

} // namespace pcmirror::http
