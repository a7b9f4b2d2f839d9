#include "sync/write/outcome.hpp"

#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

Outcome judged(int status, int code = 0) {
    return judge_write(status, {.code = code});
}

TEST(WriteOutcome, OfASuccessIsItsStatus) {
    for (const int status : {200, 201, 204})
        EXPECT_EQ(judged(status), Outcome::done) << status;
    EXPECT_EQ(judged(202), Outcome::done);
    EXPECT_EQ(judged(200, 2055), Outcome::done) << "a code means something in an error only";
}

TEST(WriteOutcome, OfWhatMayHaveTakenEffectIsTheSameRequestAgain) {
    for (const int status : {408, 500, 502, 503, 504})
        EXPECT_EQ(judged(status), Outcome::same_again) << status;
    EXPECT_EQ(judged(429), Outcome::throttled);
    EXPECT_EQ(judged(500, 900192), Outcome::same_again);
}

TEST(WriteOutcome, OfAnOutdatedEtagIsToFetchAgainHoweverItIsSaid) {
    EXPECT_EQ(judged(400, 2055), Outcome::fetch_again);
    EXPECT_EQ(judged(412), Outcome::fetch_again);
    EXPECT_EQ(judged(417, 800036), Outcome::fetch_again);
    EXPECT_EQ(judged(417), Outcome::fetch_again);
}

TEST(WriteOutcome, OfSomethingBusyIsLaterWhateverItsStatus) {
    EXPECT_EQ(judged(409, 900278), Outcome::later);
    EXPECT_EQ(judged(409, 800082), Outcome::later);
    EXPECT_EQ(judged(400, 800082), Outcome::later);
    EXPECT_EQ(judged(400, 900216), Outcome::later);
    EXPECT_EQ(judged(403, 900130), Outcome::later);
    EXPECT_EQ(judged(409), Outcome::exists)
        << "without such a code a conflict is no matter of time";
}

TEST(WriteOutcome, OfOtherRefusalsIsFinal) {
    for (const int status : {400, 405, 406, 415, 422, 501})
        EXPECT_EQ(judged(status), Outcome::failed) << status;
    for (const int code : {800031, 800083, 800084, 800087})
        EXPECT_EQ(judged(500, code), Outcome::failed) << code;
    EXPECT_EQ(judged(403), Outcome::refused);
    EXPECT_EQ(judged(404, 60002), Outcome::gone);
    EXPECT_EQ(judged(400, 60012), Outcome::failed);
}

TEST(WriteOutcome, SaysWhatToDoWhereTheApiDoesNot) {
    EXPECT_NE(advice(400, {.code = 60012}).find("no seat is free"), std::string_view::npos);
    EXPECT_NE(advice(401, {.code = 1}).find("auth app_user or auto"), std::string_view::npos);
    EXPECT_TRUE(advice(400, {.code = 1}).empty());
    EXPECT_TRUE(advice(201, {.code = 60012}).empty());
}

TEST(WriteOutcome, OfOneKindIsWaitedForLongerEachTime) {
    auto before = 0ms;
    for (int failures = 1; failures < 8; ++failures) {
        const auto pause = pause_before_retry(Outcome::same_again, failures, 0.5);
        EXPECT_GT(pause, before);
        before = pause;
    }
    EXPECT_GE(pause_before_retry(Outcome::same_again, 1, 0), 500ms);
    EXPECT_LE(pause_before_retry(Outcome::same_again, 1000, 0.999), 10min);
    EXPECT_GE(pause_before_retry(Outcome::later, 1, 0), 15s);
    EXPECT_LE(pause_before_retry(Outcome::later, 1000, 0.999), 60min);
}

} // namespace
} // namespace pcmirror
