#include "tests/database/reporting_fixture.hpp"
#include "tests/places/places.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <set>
#include <vector>

// What an analyst has: the views, what they say of themselves, and the example queries.

namespace pcmirror::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::vector<std::filesystem::path> example_queries() {
    std::vector<std::filesystem::path> files;
    const std::filesystem::path folder = std::filesystem::path(places::source("schema/queries"));
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::string text_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

class Analyst : public ReportingFixture {
  protected:
    Analyst() : connection_(database_.url()) {
        pqxx::nontransaction(connection_).exec("set role pcmirror_analyst");
    }

    pqxx::result ask(const std::string& sql) {
        pqxx::read_transaction transaction(connection_);
        return transaction.exec(sql);
    }

    bool may(const std::string& sql) {
        try {
            ask(sql);
            return true;
        } catch (const pqxx::insufficient_privilege&) {
            return false;
        }
    }

    /// One customer for which each of the queries has an answer.
    void fill() const {
        customer(contoso_);
        licenses_read(contoso_);
        sku(contoso_, "e3", "4");
        sku(contoso_, "e5", "12");
        user(contoso_, 1);
        user(contoso_, 2);
        user(contoso_, 3, "'inactive'", "now()");
        license(contoso_, 2, "e3");
        license(contoso_, 3, "e3");
        license(contoso_, 3, "gone");
        subscription(
            contoso_,
            "s",
            "status, auto_renew_enabled, quantity, offer_id, commitment_end_date",
            "'active', false, 5, 'product:sku:availability', now() + interval '24 hours'"
        );
        scope("'" + contoso_ + "'", "ok", "now()", "null", "subscribed_skus");
        scope("'" + contoso_ + "'", "refused", "null", "'why'");
    }

  private:
    pqxx::connection connection_;
};

TEST_F(Analyst, FindsTheViews) {
    EXPECT_EQ(
        database_.rows("select viewname, viewowner from pg_views where schemaname = 'reporting' "
                       "order by 1"),
        (Rows{
            {"freshness", "pcmirror_owner"},
            {"licenses_of_inactive_users", "pcmirror_owner"},
            {"seats", "pcmirror_owner"},
            {"subscriptions_ending", "pcmirror_owner"},
            {"users_without_license", "pcmirror_owner"}})
    );
}

TEST_F(Analyst, IsToldWhatEachViewAndColumnMeans) {
    EXPECT_THAT(
        database_.rows(
            "select c.relname, a.attname from pg_class c "
            "left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 "
            "where c.relnamespace = 'reporting'::regnamespace and "
            "(obj_description(c.oid, 'pg_class') is null or col_description(c.oid, a.attnum) is "
            "null)"
        ),
        IsEmpty()
    );
}

TEST_F(Analyst, ReadsTheViewsAndTheMirrorAndNothingElse) {
    for (const auto& row : database_.rows("select viewname from pg_views where schemaname = "
                                          "'reporting'"))
        EXPECT_TRUE(may("select * from reporting." + *row.at(0))) << *row.at(0);
    EXPECT_TRUE(may("select * from partner_center.user_licenses"));
    EXPECT_FALSE(may("select from pcmirror.sync_scopes"));
    EXPECT_FALSE(may("select from pcmirror.row_reads"));
    EXPECT_FALSE(may("select from pcmirror.change_log"));
}

TEST_F(Analyst, FindsExamplesThatBeginWithTheQuestionTheyAnswer) {
    EXPECT_THAT(example_queries(), SizeIs(::testing::Ge(10U)));
    for (const std::filesystem::path& file : example_queries()) {
        const std::string text = text_of(file);
        const std::string first = text.substr(0, text.find('\n'));
        EXPECT_EQ(file.extension(), ".sql") << file;
        EXPECT_THAT(first, AllOf(StartsWith("-- "), ::testing::EndsWith("?"))) << file;
        EXPECT_THAT(text, ::testing::EndsWith(";\n")) << file;
    }
}

TEST_F(Analyst, GetsAnAnswerWithNamedColumnsFromEachExample) {
    fill();
    for (const std::filesystem::path& file : example_queries()) {
        SCOPED_TRACE(file.filename().string());
        const pqxx::result answer = ask(text_of(file));
        EXPECT_FALSE(answer.empty());
        std::vector<std::string> names;
        for (pqxx::row::size_type column = 0; column < answer.columns(); ++column)
            names.emplace_back(answer.column_name(column));
        EXPECT_THAT(names, Each(Not(StartsWith("?"))));
        EXPECT_THAT(std::set<std::string>(names.begin(), names.end()), SizeIs(names.size()));
    }
}

TEST_F(Analyst, GetsAnEmptyAnswerFromAnEmptyMirror) {
    for (const std::filesystem::path& file : example_queries())
        EXPECT_TRUE(ask(text_of(file)).empty()) << file;
}

} // namespace
} // namespace pcmirror::testing
