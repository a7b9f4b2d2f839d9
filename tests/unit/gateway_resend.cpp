#include "tests/unit/gateway_bench.hpp"

#include <gtest/gtest.h>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using fakes::answers;
using fakes::BudgetedBench;
using fakes::fails;

TEST(GatewayBudget, IsNotSpentByARequestWhoseConnectionTookTooLong) {
    BudgetedBench bench;
    bench.settings.max_attempts = 1;
    bench.transport.dialling = {1500ms, 1500ms};
    EXPECT_EQ(bench.get().status, 200);
    EXPECT_EQ(bench.shared.asked.size(), 3U);
    EXPECT_EQ(bench.transport.sent.size(), 1U);
    EXPECT_EQ(bench.gateway().counters().requests, 1U);
}

TEST(GatewayBudget, IsTakenFromAnewForWhatADeadConnectionSwallowed) {
    BudgetedBench bench;
    bench.shared.next = {1, 1s, 0ms, 0ms};
    bench.settings.max_attempts = 1;
    bench.transport.play({fails(TransportError::Kind::stale), answers(200)});
    std::uint64_t attempts = 0;
    Call call = bench.call();
    call.attempts = &attempts;
    EXPECT_EQ(bench.get(call).status, 200);
    EXPECT_EQ(bench.shared.asked.size(), 2U);
    EXPECT_EQ(attempts, 2U);
    EXPECT_EQ(bench.gateway().counters().requests, 2U);
    EXPECT_FALSE(bench.transport.sent.at(0).request.fresh_connection);
    EXPECT_TRUE(bench.transport.sent.at(1).request.fresh_connection);
    EXPECT_EQ(bench.sent_at(1), 0) << "no pause: nothing is wrong but the connection";
}

} // namespace

} // namespace pcmirror
