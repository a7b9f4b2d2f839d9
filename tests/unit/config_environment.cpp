#include "config/variables.hpp"
#include "tests/unit/config_support.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

namespace pcmirror::test {

namespace {

const Environment some = environment({{"A", "1"}, {"EMPTY", ""}, {"LOOP", "${A}"}});

} // namespace

TEST(ConfigEnvironment, ReplacesNamesInBraces) {
    EXPECT_EQ(replace_variables("${A}", some).text, "1");
    EXPECT_EQ(replace_variables("x${A}y${A}", some).text, "x1y1");
    EXPECT_EQ(replace_variables("${EMPTY}", some).text, "");
    EXPECT_TRUE(replace_variables("${EMPTY}", some).changed);
}

TEST(ConfigEnvironment, DoesNotLookIntoWhatAVariableHolds) {
    EXPECT_EQ(replace_variables("${LOOP}", some).text, "${A}");
}

TEST(ConfigEnvironment, KeepsEveryOtherDollarSign) {
    EXPECT_EQ(replace_variables("$$", some).text, "$");
    EXPECT_EQ(replace_variables("$${A}", some).text, "${A}");
    EXPECT_EQ(replace_variables("a$b$", some).text, "a$b$");
    EXPECT_EQ(replace_variables("$$$${A}$A", some).text, "$${A}$A");
    EXPECT_FALSE(replace_variables("$$", some).changed);
}

TEST(ConfigEnvironment, NamesAVariableThatIsNotSet) {
    EXPECT_NE(replace_variables("${B_2}", some).wrong.find("B_2 is not set"), std::string::npos);
}

TEST(ConfigEnvironment, RefusesWhatIsNoName) {
    for (const char* wrong : {"${", "${}", "${A", "${1A}", "${A-B}", "${ A}", "x${A}${"})
        EXPECT_FALSE(replace_variables(wrong, some).wrong.empty()) << wrong;
}

TEST(ConfigEnvironment, FillsAnyKindOfScalarAlsoInQuotes) {
    const Variables variables = {
        {"N", "8"},
        {"FLAG", "false"},
        {"SECRET", "*&!: #%@"},
        {"TENANT", "11111111-2222-3333-4444-555555555555"},
        {"EMPTY", ""}};
    const Settings settings = settings_of(
        "  concurrency: ${N}\n"
        "  max_attempts: \"${N}\"\n"
        "  client_secret: ${SECRET}\n"
        "  tls_ca_file: ${EMPTY}\n"
        "database: { migrate_on_start: \"${FLAG}\" }\n"
        "customers: { include: [\"${TENANT}\", \"${N}.example\"] }\n",
        variables
    );

    EXPECT_EQ(settings.partner_center.concurrency, 8);
    EXPECT_EQ(settings.partner_center.max_attempts, 8);
    EXPECT_EQ(settings.partner_center.client_secret.reveal(), "*&!: #%@");
    EXPECT_FALSE(settings.database.migrate_on_start);
    EXPECT_EQ(settings.customers.include.back(), "8.example");
}

TEST(ConfigEnvironment, LeavesKeysAndCommentsAlone) {
    EXPECT_EQ(problems_in(minimal + "# ${UNSET}\n"), "");
    EXPECT_NE(problems_in(minimal + "${A}: 1\n").find("unknown key"), std::string::npos);
}

TEST(ConfigEnvironment, IsTheOneOfTheProcess) {
    ASSERT_EQ(::setenv("PCMIRROR_TEST_VARIABLE", "here", 1), 0);
    EXPECT_EQ(process_environment("PCMIRROR_TEST_VARIABLE"), "here");
    ASSERT_EQ(::unsetenv("PCMIRROR_TEST_VARIABLE"), 0);
    EXPECT_EQ(process_environment("PCMIRROR_TEST_VARIABLE"), std::nullopt);
}

} // namespace pcmirror::test
