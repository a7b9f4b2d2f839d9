#include "sync/records/normal.hpp"

#include <array>
#include <gtest/gtest.h>
#include <random>
#include <utility>
#include <vector>

namespace pcmirror {
namespace {

using Cases = std::vector<std::pair<std::string, std::optional<std::string>>>;

template <class Read> void expect_each(const Cases& cases, Read read) {
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(read(text), expected) << text;
}

TEST(Guid, IsFoldedOnlyAsAWhole) {
    EXPECT_EQ(
        fold_guid("DB8C695B-3C1A-4E1E-9FF1-B2BFCE8D9F04"), "db8c695b-3c1a-4e1e-9ff1-b2bfce8d9f04"
    );
    EXPECT_EQ(
        fold_guid("a356ac8c-e310-44f4-bf85-C7f29044af99"), "a356ac8c-e310-44f4-bf85-c7f29044af99"
    );
    for (const char* text :
         {"",
          "9qg-ErcO-4MPbPqq_3MIQaS7bn8W6HfG1",
          "DB8C695B-3C1A-4E1E-9FF1-B2BFCE8D9F0G",
          "DB8C695B-3C1A-4E1E-9FF1-B2BFCE8D9F04 ",
          "DB8C695B3C1A-4E1E-9FF1-B2BFCE8D9F04-",
          "{DB8C695B-3C1A-4E1E-9FF1-B2BFCE8D9F04}",
          "MS-AZR-0145P"}) {
        EXPECT_EQ(fold_guid(text), text);
        EXPECT_EQ(read_guid(text), std::nullopt) << text;
    }
}

TEST(Timestamp, ReadsTheFourFormsOfTheService) {
    expect_each(
        {
            {"2018-03-15T02:17:15.6455674Z", "2018-03-15 02:17:15.645567+00"},
            {"2015-11-25T06:41:12Z", "2015-11-25 06:41:12+00"},
            {"2017-01-25T14:53:12.093-08:00", "2017-01-25 22:53:12.093+00"},
            {"2021-05-06T19:59:56.6832021+00:00", "2021-05-06 19:59:56.683202+00"},
            {"2018-07-28T00:00:00", "2018-07-28 00:00:00+00"},
            {"2018-07-28t00:00:00.1z", "2018-07-28 00:00:00.1+00"},
            {"2018-07-28T00:00:00.1000000Z", "2018-07-28 00:00:00.1+00"},
            {"2018-07-28T00:00:00.0000009Z", "2018-07-28 00:00:00+00"},
            {"2018-07-28T00:00:00.123456789012345Z", "2018-07-28 00:00:00.123456+00"},
            {"2024-01-01T05:44:59+05:45", "2023-12-31 23:59:59+00"},
            {"2024-02-28T20:00:00-14:00", "2024-02-29 10:00:00+00"},
            {"2024-02-28T20:00:00+18:00", "2024-02-28 02:00:00+00"},
            {"2000-02-29T00:00:00Z", "2000-02-29 00:00:00+00"},
        },
        read_timestamp
    );
}

TEST(Timestamp, KeepsTheEndOfTimeAndDropsItsBeginning) {
    expect_each(
        {
            {"9999-12-10T00:00:00Z", "9999-12-10 00:00:00+00"},
            {"9999-12-31T23:59:59.9999999Z", "9999-12-31 23:59:59.999999+00"},
            {"9999-12-31T23:00:00-02:00", "10000-01-01 01:00:00+00"},
            {"0001-01-01T00:00:00", ""},
            {"0001-01-01T00:00:00Z", ""},
            {"0001-01-01T00:00:00-08:00", ""},
            {"0001-01-01T00:00:00+18:00", ""},
            {"0001-01-02T00:00:00Z", "0001-01-02 00:00:00+00"},
            {"0001-01-02T00:00:00+18:00", "0001-01-01 06:00:00+00"},
            {"0001-12-31T00:00:00Z", "0001-12-31 00:00:00+00"},
        },
        read_timestamp
    );
}

TEST(Timestamp, RefusesWhatIsNone) {
    for (const char* text :
         {"",
          "2024-03-06",
          "2024-03-06T10:00Z",
          "2024-03-06 10:00:00Z",
          "2024-13-01T00:00:00Z",
          "2024-00-01T00:00:00Z",
          "2024-01-00T00:00:00Z",
          "2023-02-29T00:00:00Z",
          "1900-02-29T00:00:00Z",
          "2024-04-31T00:00:00Z",
          "0000-01-01T00:00:00Z",
          "2024-01-01T24:00:00Z",
          "2024-01-01T23:60:00Z",
          "2024-01-01T23:59:60Z",
          "2024-01-01T23:59:59.Z",
          "2024-01-01T23:59:59,5Z",
          "2024-01-01T23:59:59+18:01",
          "2024-01-01T23:59:59+01:60",
          "2024-01-01T23:59:59+0100",
          "2024-01-01T23:59:59+01",
          "2024-01-01T23:59:59+",
          "2024-01-01T23:59:59ZZ",
          "2024-01-01T23:59:59Z ",
          " 2024-01-01T23:59:59Z",
          "2015-11-25T06: 41: 12Z",
          "12024-01-01T23:59:59Z",
          "-024-01-01T23:59:59Z",
          "2024-1-01T23:59:59Z",
          "tomorrow",
          "/Date(1198908717056)/"})
        EXPECT_EQ(read_timestamp(text), std::nullopt) << text;
}

TEST(Timestamp, IsTheSameHoweverOftenItIsRead) {
    std::mt19937 random(7);
    for (int i = 0; i < 2000; ++i) {
        std::array<char, 64> text{};
        std::snprintf(
            text.data(),
            text.size(),
            "%04u-%02u-%02uT%02u:%02u:%02u.%07u%c%02u:%02u",
            2 + static_cast<unsigned>(random() % 9000),
            1 + static_cast<unsigned>(random() % 12),
            1 + static_cast<unsigned>(random() % 31),
            static_cast<unsigned>(random() % 24),
            static_cast<unsigned>(random() % 60),
            static_cast<unsigned>(random() % 60),
            static_cast<unsigned>(random() % 10000000),
            random() % 2 == 0 ? '+' : '-',
            static_cast<unsigned>(random() % 15),
            static_cast<unsigned>(random() % 60)
        );
        const auto once = read_timestamp(text.data());
        if (!once) {
            EXPECT_GT(std::stoi(std::string(text.data() + 8, 2)), 28) << text.data();
            continue;
        }
        std::string again = *once;
        again.replace(10, 1, "T").replace(again.size() - 3, 3, "Z");
        EXPECT_EQ(read_timestamp(again), once) << text.data();
    }
}

TEST(Date, IsTheDayAsWritten) {
    expect_each(
        {
            {"2024-03-06", "2024-03-06"},
            {"2024-03-06T23:59:59-08:00", "2024-03-06"},
            {"2024-03-06T00:00:00", "2024-03-06"},
            {"9999-12-31T23:59:59.9999999Z", "9999-12-31"},
            {"0001-01-01T00:00:00Z", ""},
            {"0001-01-01", ""},
            {"2024-02-30", std::nullopt},
            {"2024-03-06T", std::nullopt},
            {"2024-03-06Z", std::nullopt},
            {"2024-03-06T25:00:00Z", std::nullopt},
            {"06.03.2024", std::nullopt},
            {"0000-01-01", std::nullopt},
            {"", std::nullopt},
        },
        read_date
    );
}

TEST(Enumeration, IsComparedWithoutCaseAndUnderscores) {
    constexpr std::array<std::string_view, 4> spellings{
        "one_time", "annual", "government_community_cloud", "none"};
    expect_each(
        {
            {"one_time", "one_time"},
            {"onetime", "one_time"},
            {"OneTime", "one_time"},
            {"ONE_TIME", "one_time"},
            {"_one__time_", "one_time"},
            {"One-time", "one_time"},
            {"no-nE", "none"},
            {"Annual", "annual"},
            {"governmentcommunitycloud", "government_community_cloud"},
            {"GovernmentCommunityCloud", "government_community_cloud"},
            {"None", "none"},
            {"one_tim", "one_tim"},
            {"one_times", "one_times"},
            {"StateOwnedEntity", "state_owned_entity"},
            {"billToPartner", "bill_to_partner"},
            {"HTTPError", "http_error"},
            {"Azure2Plan", "azure2_plan"},
            {"In Review", "in_review"},
            {"Usage-based", "usage_based"},
            {"already_snake", "already_snake"},
            {"2", "2"},
            {"", ""},
            {"-", "-"},
            {"Größe", "größe"},
        },
        [&](const std::string& text) -> std::optional<std::string> {
            return read_enumeration(text, spellings);
        }
    );
}

TEST(Enumeration, OnceInSnakeCaseStaysAsItIs) {
    std::mt19937 random(11);
    constexpr std::string_view letters = "aZbY_ -9.";
    for (int i = 0; i < 3000; ++i) {
        std::string text;
        for (std::size_t n = random() % 12; n > 0; --n)
            text += letters[random() % letters.size()];
        const std::string once = read_enumeration(text, {});
        EXPECT_EQ(read_enumeration(once, {}), once) << text;
    }
}

TEST(Integer, IsWholeAndInRange) {
    const auto of_32_bits = [](const std::string& text) { return read_integer(text, 32); };
    const auto of_64_bits = [](const std::string& text) { return read_integer(text, 64); };
    expect_each(
        {
            {"0", "0"},
            {"-0", "0"},
            {"-7", "-7"},
            {"2147483647", "2147483647"},
            {"-2147483648", "-2147483648"},
            {"2147483648", std::nullopt},
            {"-2147483649", std::nullopt},
            {"99999999999999999999999", std::nullopt},
            {"1.0", std::nullopt},
            {"1e3", std::nullopt},
            {"+1", std::nullopt},
            {"", std::nullopt},
            {"1 ", std::nullopt},
        },
        of_32_bits
    );
    expect_each(
        {
            {"9223372036854775807", "9223372036854775807"},
            {"-9223372036854775808", "-9223372036854775808"},
            {"9223372036854775808", std::nullopt},
        },
        of_64_bits
    );
}

TEST(Numeric, KeepsEveryDigit) {
    expect_each(
        {
            {"120.5682999999996", "120.5682999999996"},
            {"0.1000000000000000000000000000000001", "0.1000000000000000000000000000000001"},
            {"12345678901234567890123456789", "12345678901234567890123456789"},
            {"1.50", "1.50"},
            {"-0", "0"},
            {"-0.00", "0.00"},
            {"0", "0"},
            {"-12.5", "-12.5"},
            {"1e3", "1000"},
            {"1E+3", "1000"},
            {"1.5e1", "15"},
            {"1.50e1", "15.0"},
            {"0e5", "0"},
            {"12e-3", "0.012"},
            {"-1.25e-2", "-0.0125"},
            {"0e-2", "0.00"},
        },
        read_numeric
    );
}

TEST(Numeric, RefusesWhatIsNoneOrTooLong) {
    for (const char* text :
         {"",
          "-",
          ".5",
          "5.",
          "05",
          "1e",
          "1e+-5",
          "1e5x",
          "NaN",
          "Infinity",
          "0x10",
          "1,5",
          " 1",
          "1 ",
          "+1",
          "1e99999999999",
          "1e1001",
          "--1"})
        EXPECT_EQ(read_numeric(text), std::nullopt) << text;
    EXPECT_EQ(read_numeric(std::string(1000, '9')), std::string(1000, '9'));
    EXPECT_EQ(read_numeric(std::string(1001, '9')), std::nullopt);
    EXPECT_EQ(read_numeric("1e999"), "1" + std::string(999, '0'));
    EXPECT_EQ(read_numeric("1e1000"), std::nullopt);
}

} // namespace
} // namespace pcmirror
