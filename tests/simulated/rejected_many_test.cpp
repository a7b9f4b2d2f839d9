#include "tests/support/engine_test.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>

namespace pcmirror::testing {
namespace {

constexpr int thousands = 5000;

/// A listing of which nearly nothing can be stored.
class ThousandsOfBadRecords : public EngineTest {
  protected:
    using BadRecord = std::function<std::string(int)>;

    ThousandsOfBadRecords() {
        world({"--customers", "3", "--subscriptions", "2", "--big-customer", "8"});
        engine().sync();
    }

    void serve(const std::string& path, Records records, const BadRecord& bad, int count) {
        for (int number = 0; number < count; ++number)
            records.push_back(bad(number));
        no_faults();
        fault(
            {{"fault", "status"},
             {"status", 200},
             {"body", fmt::format(R"({{"items":[{}]}})", fmt::join(records, ","))},
             {"path", path}}
        );
    }

    [[nodiscard]] long long kept_aside() const { return rows("pcmirror.rejected_records"); }

    /// Two passes over the good records and thousands of bad ones, one over half of them, and one
    /// when the source is well again.
    void expect_kept_once_and_cleared(
        const std::string& resource,
        const std::string& path,
        const Records& good,
        const BadRecord& bad
    ) {
        serve(path, good, bad, thousands);
        for (const std::size_t updated : {good.size(), std::size_t{0}}) {
            const PassReport report = engine().pass(resource);
            EXPECT_EQ(report.totals.rows.rejected, std::uint64_t{thousands});
            EXPECT_EQ(report.totals.rows.seen, thousands + good.size());
            EXPECT_EQ(report.totals.rows.updated, updated);
            EXPECT_EQ(report.totals.scopes_failed, 0U);
            EXPECT_EQ(
                database_.number("select rejected from pcmirror.sync_runs order by run_id desc "
                                 "limit 1"),
                thousands
            );
            EXPECT_EQ(kept_aside(), thousands);
        }
        EXPECT_EQ(
            database_.number("select count(distinct (key, record)) from pcmirror.rejected_records "
                             "where reason <> '' and seen_at > first_seen_at"),
            thousands
        ) << "each is known by itself, and was seen twice";

        serve(path, good, bad, thousands / 2);
        engine().pass(resource);
        EXPECT_EQ(kept_aside(), thousands / 2);

        no_faults();
        engine().sync();
        EXPECT_EQ(kept_aside(), 0);
        expect_mirror_equals_world();
    }
};

TEST_F(ThousandsOfBadRecords, OfACustomerAreKeptOnceAndClearedLater) {
    const std::string big = customer(0);
    Records good;
    for (const std::string& id : subscriptions_of(big))
        good.push_back(fmt::format(R"({{"id":"{}","quantity":424242}})", id));
    expect_kept_once_and_cleared("subscriptions", big + "/subscriptions", good, [](int number) {
        // So long that they are stored in several portions.
        return fmt::format(R"({{"id":"bad-{}","quantity":"{:x>500}"}})", number, "");
    });
}

TEST_F(ThousandsOfBadRecords, OfThePartnerAreKeptOnceAndClearedLater) {
    Records good;
    for (const std::string& id : customers())
        good.push_back(customer_record(id, "Renamed"));
    expect_kept_once_and_cleared("customers", "^/v1/customers(\\?|$)", good, [](int number) {
        return fmt::format(
            R"({{"id":"{}","companyProfile":{{"companyName":["{:x>500}"]}}}})", guid(number), ""
        );
    });
}

} // namespace
} // namespace pcmirror::testing
