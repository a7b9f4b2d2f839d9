#include "schema/row.hpp"
#include "sync/db/row_hashes.hpp"

#include <array>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror::testing {
namespace {

using ::testing::ElementsAre;

/// Rows of customer, id and name.
Spool rows_of(const std::vector<std::array<std::string, 3>>& rows) {
    Spool spool(std::filesystem::temp_directory_path());
    for (const auto& fields : rows) {
        RowWriter writer;
        for (const std::string& field : fields)
            writer.value(field);
        spool.add({0, writer.bytes()});
    }
    return spool;
}

TEST(RowHashes, TellNewRowsAndChangedOnesFromTheSame) {
    const RowHashes known(RowHashes::read(
        rows_of({{"contoso", "1", "one"}, {"contoso", "2", "two"}, {"contoso", "3", "three"}}), 2
    ));

    const auto read = RowHashes::read(
        rows_of({{"contoso", "4", "four"}, {"contoso", "1", "one"}, {"contoso", "3", "Three"}}), 2
    );
    const std::vector<RowNews> news = compare(known, read);

    EXPECT_THAT(news, ElementsAre(RowNews::added, RowNews::same, RowNews::changed));
    EXPECT_EQ(count_lacking(known, news), 1U);
}

TEST(RowHashes, CountTheSameKeyOfAnotherCustomerAsAnotherRow) {
    const RowHashes known(RowHashes::read(rows_of({{"contoso", "1", "one"}}), 2));
    const auto read = RowHashes::read(rows_of({{"fabrikam", "1", "one"}}), 2);
    EXPECT_THAT(compare(known, read), ElementsAre(RowNews::added));
}

TEST(RowHashes, FindARowByTheFieldsOfItsKey) {
    const RowHashes known(RowHashes::read(rows_of({{"contoso", "1", "one"}}), 2));
    const std::vector<std::string> key{"contoso", "1"};
    const std::vector<std::string> other{"contoso1", ""};
    EXPECT_NE(known.find(key_hash(key)), nullptr);
    EXPECT_EQ(known.find(key_hash(other)), nullptr);
}

TEST(RowHashes, NoticeARowThatWasReadTwice) {
    EXPECT_TRUE(
        RowHashes(RowHashes::read(rows_of({{"contoso", "1", "one"}, {"contoso", "1", "uno"}}), 2))
            .ambiguous()
    );
    EXPECT_FALSE(
        RowHashes(RowHashes::read(rows_of({{"contoso", "1", "x"}, {"contoso", "2", "x"}}), 2))
            .ambiguous()
    );
}

TEST(RowHashes, AreStoredAndReadAgain) {
    const RowHashes known(
        RowHashes::read(rows_of({{"contoso", "1", "one"}, {"contoso", "2", "two"}}), 2)
    );
    const std::string bytes(known.part(0));
    ASSERT_EQ(bytes.size(), 32U);
    EXPECT_EQ(known.part(1), "");
    RowHashes again;
    EXPECT_TRUE(again.append(bytes));
    EXPECT_EQ(again.part(0), bytes);
    EXPECT_FALSE(RowHashes().append(bytes.substr(1))) << "cut";
    EXPECT_FALSE(RowHashes().append(bytes.substr(16) + bytes.substr(0, 16))) << "out of order";
    EXPECT_FALSE(again.append(bytes)) << "the next part begins before the end of this one";
}

TEST(RowHashes, OfALargeScopeComeInParts) {
    std::vector<RowHash> hashes;
    for (std::uint64_t key = 10'000; key > 0; --key)
        hashes.push_back({key, key + 1});
    const RowHashes known(hashes);
    RowHashes again;
    std::size_t parts = 0;
    for (std::string_view part = known.part(0); !part.empty(); part = known.part(++parts))
        ASSERT_TRUE(again.append(part));
    EXPECT_EQ(parts, 3U);
    EXPECT_EQ(again.size(), 10'000U);
    EXPECT_EQ(again.find(7)->content, 8U);
}

} // namespace
} // namespace pcmirror::testing
