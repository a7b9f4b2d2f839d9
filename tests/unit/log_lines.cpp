#include "config/log_line.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace pcmirror::test {

namespace {

const std::chrono::system_clock::time_point noon{std::chrono::milliseconds(1'714'996'800'007)};

LogLine line(const std::vector<Field>& fields, Level level = Level::info) {
    return {noon, level, "poll.finished", fields};
}

} // namespace

TEST(LogLine, IsTimeLevelEventAndFields) {
    const std::vector<Field> fields = {
        {field::resource, "customers"}, {field::run, 7}, {field::ms, 12L}};
    EXPECT_EQ(
        text_line(line(fields)),
        "2024-05-06T12:00:00.007Z info poll.finished resource=customers run=7 ms=12"
    );
    EXPECT_EQ(
        json_line(line(fields)),
        R"({"time":"2024-05-06T12:00:00.007Z","level":"info","event":"poll.finished",)"
        R"("resource":"customers","run":7,"ms":12})"
    );
}

TEST(LogLine, OfTextStaysOneLineWhateverAValueHolds) {
    const std::vector<Field> fields = {
        {"a", "two words"},
        {"b", ""},
        {"c", "say \"x\""},
        {"d", "x\ny\t\x1b[0m"},
        {"e", "a=b"},
        {"f", "\\"}};
    EXPECT_EQ(
        text_line(line(fields)),
        "2024-05-06T12:00:00.007Z info poll.finished a=\"two words\" b=\"\" c=\"say \\\"x\\\"\" "
        "d=\"x\\ny\\t\\x1b[0m\" e=\"a=b\" f=\"\\\\\""
    );
}

TEST(LogLine, OfJsonIsJsonWhateverAValueHolds) {
    const std::vector<Field> fields = {
        {"a", "x\ny\"\x01"},
        {"b", std::string("\xff\xfe", 2)},
        {"c", 18446744073709551615UL},
        {"d", -5}};
    EXPECT_EQ(
        json_line(line(fields, Level::error)),
        R"({"time":"2024-05-06T12:00:00.007Z","level":"error","event":"poll.finished",)"
        "\"a\":\"x\\ny\\\"\\u0001\",\"b\":\"\xEF\xBF\xBD\xEF\xBF\xBD\","
        R"("c":18446744073709551615,"d":-5})"
    );
}

TEST(LogLine, TellsTheJournalHowSevereItIs) {
    EXPECT_EQ(journal_prefix(Level::error), "<3>");
    EXPECT_EQ(journal_prefix(Level::warn), "<4>");
    EXPECT_EQ(journal_prefix(Level::info), "<6>");
    EXPECT_EQ(journal_prefix(Level::debug), "<7>");
    EXPECT_EQ(journal_prefix(Level::trace), "<7>");
}

TEST(LogLine, GoesToTheJournalOnlyWhereStderrIsItsStream) {
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct stat status = {};
    ASSERT_EQ(::fstat(null, &status), 0);
    const std::string stream = fmt::format("{}:{}", status.st_dev, status.st_ino);

    EXPECT_TRUE(is_journal_stream(stream.c_str(), null));
    EXPECT_FALSE(is_journal_stream("8:1", null));
    EXPECT_FALSE(is_journal_stream(nullptr, null));
    ::close(null);
    EXPECT_FALSE(is_journal_stream(stream.c_str(), -1));
}

} // namespace pcmirror::test
