#include "tests/simulator/customers.hpp"
#include "tests/unit/simulator_served.hpp"

namespace pcmirror::simulator {
namespace {

using nlohmann::json;

TEST(SimulatorLog, TellsWhenARefusalGoesOutAndHowLongItAsksToWait) {
    Served served;
    served.turn("latency", "250");
    served.turn("requests_per_minute", "1");
    const std::string path = "/v1/customers/" + customer_id(Served::seed, 2);
    EXPECT_EQ(served.ask(path).status, 200);
    EXPECT_EQ(served.ask(path).status, 429);
    const std::string log = served.log();
    const std::string last = log.substr(log.rfind('\n', log.size() - 2) + 1);
    const json entry = json::parse(last);
    EXPECT_EQ(entry.at("delay_ms"), 250);
    EXPECT_EQ(entry.at("retry_after"), "61");
}

} // namespace
} // namespace pcmirror::simulator
