#include "daemon/progress_text.hpp"
#include "daemon/time_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

ProgressFigures figures() {
    ProgressFigures figures;
    figures.resource = "subscriptions";
    figures.done = 512;
    figures.total = 20000;
    figures.scopes_per_second = 41.17;
    figures.requests_per_second = 8.3;
    figures.budget_left = 12;
    return figures;
}

TEST(Progress, SaysHowFarHowFastAndHowLong) {
    EXPECT_EQ(
        progress_words(figures()),
        "subscriptions  512/20000 scopes  41.2/s  8.3 requests/s  budget 12% left  7m53s to go"
    );
}

TEST(Progress, LeavesOutWhatIsNotKnown) {
    ProgressFigures unknown = figures();
    unknown.scopes_per_second = 0;
    unknown.budget_left.reset();
    EXPECT_EQ(progress_words(unknown), "subscriptions  512/20000 scopes  8.3 requests/s");
}

TEST(Progress, CountsRowsWhereOneScopeCanTakeHours) {
    ProgressFigures licenses = figures();
    licenses.resource = "user_licenses";
    licenses.done = 0;
    licenses.rows = "users";
    licenses.rows_done = 30'000;
    licenses.rows_total = 60'000;
    licenses.rows_per_second = 8.3;
    EXPECT_EQ(
        progress_words(licenses),
        "user_licenses  0/20000 scopes  30000/60000 users  8.3 requests/s  budget 12% left  "
        "1h to go"
    );
    EXPECT_THAT(progress_bar(licenses, 160), HasSubstr("[###############---------------]"));
}

TEST(Progress, DrawsABarOnlyWhereItFits) {
    const std::string wide = progress_bar(figures(), 140);
    EXPECT_THAT(wide, HasSubstr("subscriptions  [------"));
    EXPECT_EQ(progress_bar(figures(), 92).find('['), std::string::npos);
    for (const std::size_t width : {1U, 20U, 80U, 96U, 100U, 200U})
        EXPECT_LE(progress_bar(figures(), width).size(), width);
}

TEST(Progress, FillsTheBarAsScopesAreDone) {
    ProgressFigures all = figures();
    all.done = all.total;
    EXPECT_THAT(progress_bar(all, 140), HasSubstr("[##############################]"));
    EXPECT_THAT(progress_bar(all, 140), Not(HasSubstr("to go")));
    all.total = all.done = 0;
    EXPECT_THAT(progress_bar(all, 140), HasSubstr("0/0 scopes"));
}

TEST(Pace, LooksAtTheLastWhileOnly) {
    Pace pace(60s);
    const Pace::Instant start{};
    EXPECT_EQ(pace.per_second(), 0);
    for (int second = 0; second <= 100; ++second)
        pace.add(start + second * 1s, 10 * static_cast<std::uint64_t>(second));
    EXPECT_DOUBLE_EQ(pace.per_second(), 10);
    for (int second = 101; second <= 200; ++second)
        pace.add(start + second * 1s, 1000);
    EXPECT_EQ(pace.growth(), 0U);
}

TEST(CoarseDuration, KeepsTwoUnits) {
    EXPECT_EQ(coarse_duration(0.4), "0s");
    EXPECT_EQ(coarse_duration(474), "7m54s");
    EXPECT_EQ(coarse_duration(20 * 3600 + 12 * 60 + 59), "20h12m");
    EXPECT_EQ(coarse_duration(3 * 86400 + 4 * 3600 + 1800), "3d4h");
}

} // namespace
} // namespace pcmirror
