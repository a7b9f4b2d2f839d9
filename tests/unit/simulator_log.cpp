#include "tests/simulator/customers.hpp"
#include "tests/unit/simulator_served.hpp"

#include <chrono>

namespace pcmirror::simulator {
namespace {

using nlohmann::json;

json last_entry(const std::string& log) {
    return json::parse(log.substr(log.rfind('\n', log.size() - 2) + 1));
}

double now_ms() {
    const std::chrono::duration<double, std::milli> now =
        std::chrono::system_clock::now().time_since_epoch();
    return now.count();
}

TEST(SimulatorLog, TellsWhenARefusalGoesOutAndHowLongItAsksToWait) {
    Served served;
    served.turn("latency", "250");
    served.turn("requests_per_minute", "1");
    const std::string path = "/v1/customers/" + customer_id(Served::seed, 2);
    EXPECT_EQ(served.ask(path).status, 200);
    EXPECT_EQ(served.ask(path).status, 429);
    const json entry = last_entry(served.log());
    EXPECT_EQ(entry.at("delay_ms"), 250);
    EXPECT_EQ(entry.at("retry_after"), "61");
}

TEST(SimulatorLog, TellsByTheClockOfOthersWhenARequestArrived) {
    Served served;

    const double before = now_ms();
    served.ask("/v1/customers/" + customer_id(Served::seed, 2));
    const double after = now_ms();

    const double arrived = last_entry(served.log()).at("arrived_at_ms");
    EXPECT_GE(arrived, before);
    EXPECT_LE(arrived, after);
}

} // namespace
} // namespace pcmirror::simulator
