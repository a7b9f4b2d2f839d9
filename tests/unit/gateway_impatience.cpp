#include "tests/unit/gateway_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pcmirror {

namespace {

using namespace std::chrono_literals;
using fakes::answers;
using fakes::Bench;
using testing::HasSubstr;

// Calls of whoever keeps others waiting meanwhile, and comes back by itself.

class Impatience : public testing::Test {
  protected:
    [[nodiscard]] Call impatient(std::optional<std::string> customer = "a") {
        Call call = bench.call(std::move(customer));
        call.patient = false;
        return call;
    }

    /// What an impatient call ends with that gets no useful answer, without any waiting.
    NotNow failure(std::optional<std::string> customer = "a") {
        const Instant begun = bench.clock.now();
        try {
            const Answer answer = bench.get(impatient(std::move(customer)));
            throw std::logic_error("answered: " + answer.describe());
        } catch (const NotNow& error) {
            EXPECT_EQ(bench.clock.now(), begun);
            return error;
        }
    }

    static fakes::Scripted asks_to_wait(int status) {
        return answers(status, "{}", {{"Retry-After", "30"}});
    }

    Bench bench;
};

TEST_F(Impatience, AsksOnceAndHandsOnHowLongToWait) {
    for (const int status : {429, 503}) {
        bench.transport.sent.clear();
        bench.transport.play({asks_to_wait(status), answers(200)});
        const NotNow error = failure(std::to_string(status));
        EXPECT_EQ(error.asked(), 30s);
        EXPECT_EQ(asked_to_wait(error), 30s);
        EXPECT_THAT(error.what(), HasSubstr("no success in 1 attempt, the last: "));
        EXPECT_EQ(bench.transport.sent.size(), 1U);
    }
}

TEST_F(Impatience, IsNotAskedWhileItsCustomerIsHeldBack) {
    bench.transport.play({asks_to_wait(429), answers(200)});
    failure();
    const NotNow held = failure();
    EXPECT_EQ(held.asked(), 30s);
    EXPECT_THAT(held.what(), HasSubstr("send nothing for another 1 minute, until"));
    EXPECT_EQ(bench.transport.sent.size(), 1U);

    bench.clock.advance(30s);
    EXPECT_EQ(bench.get(impatient()).status, 200);
}

TEST_F(Impatience, WaitsWhereEverybodyWaits) {
    bench.transport.play({asks_to_wait(429), answers(200)});
    failure(std::nullopt);
    EXPECT_EQ(bench.get(impatient()).status, 200);
    EXPECT_GE(bench.sent_at(1), 30'000);
}

TEST_F(Impatience, ChangesNothingWhileItsCustomerIsHeldBack) {
    bench.transport.play({asks_to_wait(429), answers(200)});
    failure();
    WriteCall write;
    write.call = impatient();
    write.method = "POST";
    EXPECT_THROW(finish(bench.loop, bench.clock, bench.gateway().write(write)), NotNow);
    EXPECT_EQ(bench.transport.sent.size(), 1U);
}

TEST_F(Impatience, TakesOneFailedConnectionForNoOutage) {
    bench.transport.play({fakes::fails(TransportError::Kind::connect), answers(200)});
    EXPECT_EQ(failure().recovery(), Recovery::retry_later);
    EXPECT_EQ(bench.get(impatient()).status, 200);
}

} // namespace

} // namespace pcmirror
