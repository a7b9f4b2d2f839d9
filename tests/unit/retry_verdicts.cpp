#include "sync/http/retry.hpp"

#include <gtest/gtest.h>
#include <ostream>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;

struct Case {
    int status;
    int code;
    Verdict verdict;
    std::string body = "{}";
    Headers headers = {};
};

class Judge : public testing::TestWithParam<Case> {};

TEST_P(Judge, FollowsTheTableOfStatusAndCode) {
    const Case& given = GetParam();
    const HttpResponse response{given.status, given.headers, given.body};
    EXPECT_EQ(judge(response, ApiError{given.code, ""}), given.verdict)
        << given.status << " code " << given.code << " body \"" << given.body << '"';
}

INSTANTIATE_TEST_SUITE_P(
    Success,
    Judge,
    testing::Values(
        Case{200, 0, Verdict::ok, R"({"items":[]})"},
        Case{200, 0, Verdict::ok, "\xEF\xBB\xBF{\"items\":[]}\r\n"},
        Case{200, 0, Verdict::ok, "[]"},
        Case{200, 0, Verdict::ok, "\"education\""},
        Case{200, 0, Verdict::ok, "null"},
        Case{201, 0, Verdict::ok, "{}"},
        Case{200, 0, Verdict::retry, ""},
        Case{200, 0, Verdict::retry, "\xEF\xBB\xBF"},
        Case{200, 0, Verdict::retry, R"({"items":[{"id":)"},
        Case{200, 0, Verdict::retry, R"([{"id":1})"},
        Case{200, 0, Verdict::retry, "<html>sign in to the hotel</html>"},
        Case{202, 0, Verdict::retry, "{}"},
        Case{204, 0, Verdict::retry, ""}
    )
);

INSTANTIATE_TEST_SUITE_P(
    ClientErrors,
    Judge,
    testing::Values(
        Case{301, 0, Verdict::failed},
        Case{400, 2000, Verdict::failed},
        Case{400, 2055, Verdict::failed},
        Case{400, 800072, Verdict::retry},
        Case{400, 800082, Verdict::retry},
        Case{400, 900216, Verdict::retry},
        Case{400, 900261, Verdict::retry},
        Case{401, 400, Verdict::sign_in},
        Case{401, 900420, Verdict::sign_in},
        Case{401, 900421, Verdict::mfa},
        Case{401, 0, Verdict::sign_in, ""},
        Case{
            401,
            0,
            Verdict::sign_in,
            "",
            {{"WWW-Authenticate", R"(Bearer error="invalid_token")"}}},
        Case{
            401,
            0,
            Verdict::mfa,
            "",
            {{"www-authenticate", R"(Bearer error="invalid_token", MFA required)"}}},
        Case{403, 20002, Verdict::refused},
        Case{403, 900329, Verdict::refused},
        Case{403, 900130, Verdict::refused},
        Case{404, 60002, Verdict::not_found},
        Case{405, 0, Verdict::failed},
        Case{406, 0, Verdict::failed},
        Case{408, 900225, Verdict::retry},
        Case{409, 900278, Verdict::retry},
        Case{410, 0, Verdict::not_found},
        Case{412, 0, Verdict::failed},
        Case{417, 800036, Verdict::failed},
        Case{423, 0, Verdict::retry},
        Case{425, 0, Verdict::retry},
        Case{429, 0, Verdict::throttled, ""}
    )
);

INSTANTIATE_TEST_SUITE_P(
    ServerErrors,
    Judge,
    testing::Values(
        Case{500, 800003, Verdict::retry},
        Case{500, 900192, Verdict::retry},
        Case{500, 0, Verdict::retry, ""},
        Case{500, 800031, Verdict::failed},
        Case{500, 800083, Verdict::failed},
        Case{500, 800084, Verdict::failed},
        Case{500, 800087, Verdict::failed},
        Case{501, 0, Verdict::failed},
        Case{502, 0, Verdict::retry, "<html></html>"},
        Case{503, 0, Verdict::retry, ""},
        Case{504, 0, Verdict::retry, ""},
        Case{505, 0, Verdict::failed},
        Case{509, 0, Verdict::retry, ""}
    )
);

std::optional<std::chrono::seconds> wait_for(std::string value) {
    // Sun, 01 Nov 2026 12:00:00 GMT
    constexpr std::chrono::system_clock::time_point now =
        std::chrono::sys_days(std::chrono::year(2026) / 11 / 1) + 12h;
    return retry_after({{"retry-after", std::move(value)}}, now);
}

TEST(RetryAfter, ReadsSeconds) {
    EXPECT_EQ(wait_for("57"), 57s);
    EXPECT_EQ(wait_for("0"), 0s);
    EXPECT_EQ(wait_for("1.2"), 2s);
    EXPECT_EQ(wait_for("-5"), 0s);
}

TEST(RetryAfter, ReadsTheThreeFormsOfHttpDates) {
    EXPECT_EQ(wait_for("Sun, 01 Nov 2026 12:01:30 GMT"), 90s);
    EXPECT_EQ(wait_for("Sunday, 01-Nov-26 12:01:30 GMT"), 90s);
    EXPECT_EQ(wait_for("Sun Nov  1 12:01:30 2026"), 90s);
    EXPECT_EQ(wait_for("Sun, 01 Nov 2026 11:00:00 GMT"), 0s) << "a date in the past";
}

TEST(RetryAfter, IsAtMostADay) {
    EXPECT_EQ(wait_for("99999999999999999999"), 24h);
    EXPECT_EQ(wait_for("Sun, 01 Nov 2037 12:01:30 GMT"), 24h);
}

TEST(RetryAfter, IsNothingWhenAbsentOrUnreadable) {
    EXPECT_EQ(retry_after({}, {}), std::nullopt);
    for (const char* value :
         {"",
          "soon",
          "12 s",
          "nan",
          "inf",
          "Sun, 31 Feb 2026 12:00:00 GMT",
          "Sun, 01 Nov 2026 25:00:00 GMT",
          "Sun, 01 Nov 2026 12:00:00 CET",
          "1e400"}) {
        EXPECT_EQ(wait_for(value), std::nullopt) << value;
    }
}

TEST(BackOff, DoublesUpToAMinuteWithFullJitter) {
    EXPECT_EQ(back_off(1, 0.999999), 500ms);
    EXPECT_EQ(back_off(2, 0.999999), 1000ms);
    EXPECT_EQ(back_off(3, 0.5), 1000ms);
    EXPECT_EQ(back_off(1, 0), 0ms);
    EXPECT_EQ(back_off(50, 0.999999), 60s);
    EXPECT_EQ(back_off(2'000'000'000, 0.5), 30s);
}

} // namespace

} // namespace pcmirror
