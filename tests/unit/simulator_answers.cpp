#include "tests/simulator/customers.hpp"
#include "tests/simulator/users.hpp"
#include "tests/unit/simulator_served.hpp"

// Answers that the simulator gives again: nobody may see that they were made before.

namespace pcmirror::simulator {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr std::uint64_t seed = Served::seed;
constexpr std::size_t roomy = 64 << 20;

std::string customer(std::uint32_t index) {
    return customer_id(seed, index);
}

std::string users_of(std::uint32_t index) {
    return "/v1/customers/" + customer(index) + "/users?size=50";
}

std::string licenses_of(std::uint32_t index, std::uint32_t user) {
    return "/v1/customers/" + customer(index) + "/users/" + user_id(seed, index, user) +
           "/licenses?licenseGroupIds=Group1&licenseGroupIds=Group2";
}

const std::vector<std::string>& questions() {
    static const std::vector<std::string> all = {
        "/v1/customers?size=5",
        "/v1/customers/" + customer(2),
        "/v1/customers/" + customer(2) + "/subscriptions",
        users_of(2),
        "/v1/customers/" + customer(2) + "/users/" + user_id(seed, 2, 1),
        "/v1/customers/" + customer(2) + "/subscribedskus",
        licenses_of(2, 1),
    };
    return all;
}

const Headers gzip = {{"Accept-Encoding", "gzip"}};

std::string continuation_of(const Reply& reply) {
    return json::parse(reply.body.substr(3)).at("continuationToken"); // behind the byte order mark
}

TEST(SimulatorAnswers, GivenAgainAreEqualToThoseThatAreMadeEachTime) {
    Served again(roomy);
    Served anew(0);
    for (const Headers& how : {Headers{}, gzip})
        for (const std::string& question : questions())
            for (int times = 0; times < 3; ++times) {
                SCOPED_TRACE(question);
                const Reply one = again.ask(question, how);
                const Reply other = anew.ask(question, how);
                ASSERT_EQ(one.status, 200);
                EXPECT_EQ(one.body, other.body);
                EXPECT_EQ(one.headers, other.headers);
            }
    EXPECT_EQ(again.count("missed"), 2 * questions().size());
    EXPECT_EQ(again.count("found"), 4 * questions().size());
    EXPECT_EQ(anew.count("found"), 0U);
}

TEST(SimulatorAnswers, CarryTheRequestsOwnIds) {
    Served served(roomy);
    served.ask(users_of(2), {{"MS-RequestId", "one"}});
    const Headers headers = served.ask(users_of(2), {{"MS-RequestId", "another"}}).headers;
    EXPECT_THAT(headers, ::testing::Contains(::testing::Pair("MS-RequestId", "another")));
    EXPECT_EQ(served.count("found"), 1U);
}

TEST(SimulatorAnswers, OfFurtherPagesAreToldApart) {
    Served served(roomy);
    const Reply first = served.ask(users_of(0));
    const std::string place = continuation_of(first);
    const std::string next = users_of(0) + "&seekOperation=Next";
    const Reply second = served.ask(next, {{"MS-ContinuationToken", place}});
    const Reply third = served.ask(next, {{"MS-ContinuationToken", continuation_of(second)}});
    EXPECT_NE(second.body, third.body);
    EXPECT_EQ(served.ask(next, {{"MS-ContinuationToken", place}}).body, second.body);
}

TEST(SimulatorAnswers, ShowAChangeAtTheNextRequest) {
    Served served(roomy);
    for (const std::string& question : questions())
        served.ask(question);
    const std::string user = user_id(seed, 2, 1);
    served.change({{"set_user", {customer(2), user, {{"displayName", "Changed Today"}}}}});
    EXPECT_THAT(served.ask(users_of(2)).body, HasSubstr("Changed Today"));
    served.change({{"rename_customer", {customer(2), "Renamed Today"}}});
    EXPECT_THAT(served.ask(questions()[0]).body, HasSubstr("Renamed Today"));
    served.change({{"vanish_user", {customer(2), user}}});
    EXPECT_EQ(served.ask(licenses_of(2, 1)).status, 404);
}

TEST(SimulatorAnswers, StayWhereAnotherCustomerChanged) {
    Served served(roomy);
    served.ask(users_of(2));
    served.change({{"add_users", {customer(3), 1}}});
    served.ask(users_of(2));
    EXPECT_EQ(served.count("found"), 1U);
}

TEST(SimulatorAnswers, FollowTheSwitches) {
    Served served(roomy);
    const std::string before = served.ask(users_of(2)).body;
    served.turn("layout", "spread", customer(2));
    EXPECT_NE(served.ask(users_of(2)).body, before);
    served.turn("layout", "compact", customer(2));
    EXPECT_EQ(served.ask(users_of(2)).body, before);
    served.turn("spelling_seed", "2");
    EXPECT_NE(served.ask(users_of(2)).body, before);
}

TEST(SimulatorAnswers, AreRefusedToWhoMayNotReadThem) {
    Served served(roomy);
    served.ask(users_of(2));
    EXPECT_EQ(served.ask_as_app(users_of(2)).status, 403);
}

TEST(SimulatorAnswers, ThatAFaultTouchesAreNeitherKeptNorGivenAgain) {
    Served served(roomy);
    const std::string whole = served.ask(users_of(2)).body;
    served.fault({{"fault", "bad_records"}, {"kind", "missing_key"}, {"times", 1}});
    EXPECT_NE(served.ask(users_of(2)).body, whole);
    EXPECT_EQ(served.ask(users_of(2)).body, whole);
}

TEST(SimulatorAnswers, AreNotKeptWhereChangesShowLate) {
    Served served(roomy);
    for (const char* lag : {"lag", "item_lag", "counter_lag"}) {
        served.turn(lag, "3600000");
        served.ask(users_of(2));
        served.turn(lag, "0");
    }
    EXPECT_EQ(served.count("kept"), 0U);
}

TEST(SimulatorAnswers, AreSpeltAnewEachTimeWithoutASpellingSeed) {
    Served served(roomy);
    served.turn("spelling_seed", "0");
    EXPECT_NE(served.ask(users_of(2)).body, served.ask(users_of(2)).body);
    EXPECT_EQ(served.count("kept"), 0U);
}

TEST(SimulatorAnswers, AreKeptOnlyAsFarAsThereIsRoom) {
    constexpr std::size_t room = 100'000;
    Served served(room);
    for (std::uint32_t index = 0; index < 8; ++index)
        served.ask(users_of(index));
    EXPECT_LE(served.count("bytes"), room);
    EXPECT_GT(served.count("kept"), 0U);
    const std::uint64_t kept = served.count("kept");
    for (std::uint32_t index = 0; index < 8; ++index)
        served.ask(users_of(index));
    EXPECT_EQ(served.count("found"), kept);
}

} // namespace
} // namespace pcmirror::simulator
