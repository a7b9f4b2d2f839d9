#include "tests/support/engine_test.hpp"

#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Eleven customers on three pages of four.
class Paging : public EngineTest {
  protected:
    Paging() { world({"--customers", "11", "--subscriptions", "1", "--page-size", "4"}); }

    void expect_whole_list() {
        const PassReport report = engine().pass("customers");
        EXPECT_EQ(report.totals.scopes_ok, 1U) << words(report);
        EXPECT_EQ(mirrored(database_, "customers"), truth(simulator(), "customers"));
    }

    /// A pass that fails for this reason, after which no row is gone: neither those that the walk
    /// did not reach nor that of a customer who left.
    /// Ends the pass: nobody else's request would fare better.
    void expect_no_answer() {
        const long long before = rows("partner_center.customers");
        change({{"remove_customer", customer(0)}});
        forget_requests();
        EXPECT_THAT(error_of_pass("customers", Recovery::fix_api), HasSubstr("/v1/customers"));
        EXPECT_EQ(scope("state", "customers"), "failing");
        EXPECT_EQ(rows("partner_center.customers"), before);
    }

    void expect_failure(const std::string& reason) {
        if (rows("partner_center.customers") == 0)
            engine().pass("customers");
        const long long before = rows("partner_center.customers");
        change({{"remove_customer", customer(0)}});
        forget_requests();
        const PassReport report = engine().pass("customers");
        EXPECT_EQ(report.totals.scopes_failed, 1U);
        EXPECT_EQ(report.totals.rows.deleted, 0U);
        EXPECT_THAT(words(report), HasSubstr(reason));
        EXPECT_EQ(scope("state", "customers"), "failing");
        EXPECT_THAT(scope("last_error", "customers"), HasSubstr(reason));
        EXPECT_EQ(rows("partner_center.customers"), before);
        EXPECT_EQ(asked("get_customer"), 0U);
    }

    static std::string words(const PassReport& report) {
        return report.troubles.empty() ? "" : report.troubles.front().message;
    }

    static json further_page(const std::string& fault) {
        return {{"fault", fault}, {"path", "seekOperation"}, {"times", 1}};
    }
};

class LinkPrefix : public Paging, public ::testing::WithParamInterface<const char*> {};

TEST_P(LinkPrefix, LeadsThroughAllPages) {
    turn({{"link_prefix", GetParam()}});
    expect_whole_list();
    std::size_t continued = 0;
    for (const json& request : requests("list_customers"))
        if (request["status"] == 200)
            continued += request["continues"] ? 1U : 0U;
    EXPECT_EQ(continued, 2U);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, LinkPrefix, ::testing::Values("bare", "v1", "alternate", "doubled")
);

TEST_F(Paging, PutsTheTokenInByHandWhereTheLinkLacksIt) {
    turn({{"link_headers", "off"}, {"continuation_member", "on"}});
    expect_whole_list();
    EXPECT_EQ(asked("list_customers"), 3U);
}

TEST_F(Paging, FailsWhereNoTokenIsToldAtAll) {
    engine().pass("customers");
    turn({{"link_headers", "off"}, {"continuation_member", "off"}});
    expect_failure("a continuation was refused twice");
}

TEST_F(Paging, NeverFollowsALinkToAForeignHost) {
    Simulator foreign({"--customers", "11", "--page-size", "4"});
    engine().pass("customers");
    fault({{"fault", "foreign_link"}, {"host", foreign.api_url()}, {"path", "/v1/customers"}});
    expect_failure("foreign host");
    EXPECT_THAT(foreign.control_lines("/log"), IsEmpty());
    EXPECT_EQ(asked("list_customers"), 1U);
}

TEST_F(Paging, NoticesThatItGoesInCircles) {
    engine().pass("customers");
    fault({{"fault", "repeated_page"}});
    expect_failure("goes in circles");
    EXPECT_LE(asked("list_customers"), 3U);
}

TEST_F(Paging, BelievesNoTotalCount) {
    fault({{"fault", "lying_total_count"}, {"total_count", 4}, {"times", 1}});
    expect_whole_list();
    no_faults();
    change({{"add_customers", 1}});
    fault({{"fault", "lying_total_count"}});
    expect_whole_list();
    no_faults();
    change({{"add_customers", 1}});
    turn({{"total_count", "zero"}});
    expect_whole_list();
}

TEST_F(Paging, GoesOnBehindAnEmptyPage) {
    fault(further_page("empty_page_with_next"));
    expect_whole_list();
    EXPECT_EQ(asked("list_customers"), 4U);
}

TEST_F(Paging, EndsWithAFullPageOrAnEmptyOne) {
    fault({{"fault", "last_page_full"}});
    expect_whole_list();
    no_faults();
    change({{"add_customers", 1}});
    fault({{"fault", "empty_last_page"}});
    forget_requests();
    expect_whole_list();
    EXPECT_EQ(asked("list_customers"), 4U);
}

TEST_F(Paging, StartsOverOnceWhenATokenExpires) {
    // The link, and the same request put together by hand.
    fault({{"fault", "expired_token"}, {"times", 2}});
    expect_whole_list();
    EXPECT_EQ(asked("list_customers"), 6U);
    EXPECT_EQ(rows("pcmirror.change_log"), 11);
}

TEST_F(Paging, FailsWhenATokenExpiresAgain) {
    engine().pass("customers");
    fault({{"fault", "expired_token"}});
    expect_failure("a continuation was refused twice");
    EXPECT_EQ(asked("list_customers"), 6U);
}

TEST_F(Paging, ReadsAnswersWithAndWithoutByteOrderMark) {
    turn({{"bom", "off"}, {"layout", "spread"}});
    expect_whole_list();
    // The error that says a customer left has one, too, and is understood.
    turn({{"bom", "on"}, {"bom_on_errors", "on"}});
    change({{"remove_customer", customer(0)}});
    expect_whole_list();
    EXPECT_EQ(rows("partner_center.customers"), 10);
}

TEST_F(Paging, WalksPagesOfOneCustomer) {
    turn({{"page_size", 1}});
    expect_whole_list();
    EXPECT_EQ(asked("list_customers"), 11U);
}

TEST_F(Paging, AsksAgainForABodyThatIsNone) {
    for (const char* garbage : {"cut_body", "invalid_json", "html", "wrong_content_length"}) {
        SCOPED_TRACE(garbage);
        // However often a slow machine exceeds the time itself.
        engine({{"partner_center", {{"request_timeout", "2s"}, {"max_attempts", 12}}}});
        fault({{"fault", garbage}, {"times", 1}});
        expect_whole_list();
        no_faults();
        change({{"add_customers", 1}});
    }
    const json no_listing = {{"fault", "status"}, {"status", 200}, {"body", "{}"}, {"times", 2}};
    fault(no_listing);
    expect_whole_list();
}

TEST_F(Paging, FailsWhenEveryBodyIsNone) {
    for (const char* garbage : {"cut_body", "invalid_json", "html", "gzip_bomb"}) {
        SCOPED_TRACE(garbage);
        engine(json::object()).pass("customers");
        fault({{"fault", garbage}});
        expect_no_answer();
        EXPECT_LE(asked("list_customers"), 3U);
        no_faults();
    }
    fault({{"fault", "status"}, {"status", 200}, {"body", "{}"}});
    expect_failure("");
    no_faults();
    expect_whole_list();
}

TEST_F(Paging, WaitsNoLongerThanTheTimeoutForBytesThatWereAnnounced) {
    engine().pass("customers");
    engine({{"partner_center", {{"request_timeout", "6s"}, {"max_attempts", 1}}}});
    fault({{"fault", "wrong_content_length"}, {"path", "/v1/"}});
    expect_no_answer();
}

TEST_F(Paging, BearsAnItemThatMovedBetweenPages) {
    fault({{"fault", "moved_item"}, {"kind", "duplicate"}, {"after", 1}, {"times", 1}});
    expect_whole_list();
    EXPECT_EQ(rows("pcmirror.change_log"), 11);

    fault({{"fault", "moved_item"}, {"kind", "skip"}, {"path", "seekOperation"}, {"times", 1}});
    change({{"rename_customer", {customer(0), "Renamed"}}});
    forget_requests();
    expect_whole_list();
    EXPECT_EQ(asked("get_customer"), 1U);
    EXPECT_EQ(rows("pcmirror.change_log", "operation = 'delete'"), 0);
    // Its digest would have been a lie.
    EXPECT_EQ(scope("digest", "customers"), "NULL");
}

} // namespace
} // namespace pcmirror::testing
