#include "daemon/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace pcmirror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<CsvRecord> read_all(const std::string& text) {
    std::istringstream in(text);
    CsvReader reader(in);
    std::vector<CsvRecord> records;
    for (CsvRecord record; reader.next(record);)
        records.push_back(record);
    return records;
}

TEST(Csv, ReadsValuesBetweenCommas) {
    const auto records = read_all("a,b,c\n1,,3\n");
    ASSERT_THAT(records, SizeIs(2));
    EXPECT_THAT(records[0].values, ElementsAre("a", "b", "c"));
    EXPECT_THAT(records[1].values, ElementsAre("1", "", "3"));
}

TEST(Csv, ReadsQuotedValuesWithCommasQuotesAndLineBreaks) {
    const auto records = read_all("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\"\nnext\n");
    ASSERT_THAT(records, SizeIs(2));
    EXPECT_THAT(records[0].values, ElementsAre("a,b", "say \"hi\"", "two\r\nlines"));
    EXPECT_THAT(records[0].problem, IsEmpty());
    EXPECT_EQ(records[1].line, 3U) << "lines are counted as an editor does";
}

TEST(Csv, TakesAnyLineEndAndNoneAtTheEnd) {
    for (const char* text : {"a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\r1,2\r", "a,b\n1,2"}) {
        const auto records = read_all(text);
        ASSERT_THAT(records, SizeIs(2)) << text;
        EXPECT_EQ(records[1].line, 2U) << text;
        EXPECT_THAT(records[1].values, ElementsAre("1", "2")) << text;
    }
    EXPECT_THAT(read_all("a,\n").front().values, ElementsAre("a", ""));
    EXPECT_THAT(read_all("a,").front().values, ElementsAre("a", ""));
}

TEST(Csv, PassesOverAByteOrderMarkAndBlankLines) {
    const auto records = read_all("\xEF\xBB\xBF\"a\",b\n\n\r\n1,2\n\n");
    ASSERT_THAT(records, SizeIs(2));
    EXPECT_THAT(records[0].values, ElementsAre("a", "b"));
    EXPECT_EQ(records[1].line, 4U);
    EXPECT_THAT(read_all(""), IsEmpty());
    EXPECT_THAT(read_all("\xEF\xBB\xBF"), IsEmpty());
}

TEST(Csv, KeepsBlanksAndOtherScripts) {
    EXPECT_THAT(
        read_all(" a , \"b\" \xC3\xA9,\xF0\x9F\x98\x80\n").front().values,
        ElementsAre(" a ", " \"b\" \xC3\xA9", "\xF0\x9F\x98\x80")
    );
}

TEST(Csv, NamesWhatIsNoUtf8AndGoesOn) {
    const auto records = read_all("a\nM\xFCller\nb\n" + std::string("c\0\n", 3) + "d\n");
    ASSERT_THAT(records, SizeIs(5));
    EXPECT_THAT(records[1].problem, HasSubstr("not UTF-8"));
    EXPECT_THAT(records[3].problem, HasSubstr("it has a NUL byte"));
    EXPECT_THAT(records[4].problem, IsEmpty());
    EXPECT_THAT(read_all("\xEF\xBBname\n").front().problem, HasSubstr("not UTF-8"));
}

TEST(Csv, NamesStrayQuotesAndGoesOn) {
    const auto records = read_all("a \"b\"\n\"c\" d\ne\n");
    ASSERT_THAT(records, SizeIs(3));
    EXPECT_THAT(records[0].problem, HasSubstr("must be in quotes"));
    EXPECT_THAT(records[1].problem, HasSubstr("behind a closing quote"));
    EXPECT_THAT(records[2].problem, IsEmpty());
}

TEST(Csv, EndsAtAQuoteThatNobodyCloses) {
    const auto records = read_all("a\nb,\"c\nd\ne\n");
    ASSERT_THAT(records, SizeIs(2));
    EXPECT_EQ(records[1].line, 2U) << "where it opened";
    EXPECT_THAT(records[1].problem, HasSubstr("not closed"));
}

TEST(Csv, DoesNotReadARecordThatNeverEnds) {
    for (const std::string begin : {"", "\""}) {
        const auto records = read_all("a\n" + begin + std::string(std::size_t{3} << 20, 'x'));
        ASSERT_THAT(records, SizeIs(2));
        EXPECT_FALSE(records[1].problem.empty());
        EXPECT_LT(records[1].values[0].size(), std::size_t{2} << 20);
    }
}

} // namespace
} // namespace pcmirror
