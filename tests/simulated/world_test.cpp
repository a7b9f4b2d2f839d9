#include "tests/support/engine_fixture.hpp"
#include "tests/support/mirror_fixture.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace pcmirror::testing {
namespace {

using nlohmann::json;

/// Seeds of the world test: 3, or as many as PCMIRROR_SEEDS says.
int number_of_seeds() {
    const char* wanted = std::getenv("PCMIRROR_SEEDS");
    return wanted == nullptr ? 3 : std::atoi(wanted);
}

/// A fifth of all requests go wrong, each in one of the ways that pass.
json passing_faults() {
    json rules = json::array();
    for (const char* fault :
         {"reset_before",
          "reset_after",
          "cut_body",
          "invalid_json",
          "html",
          "lying_total_count",
          "empty_page_with_next",
          "expired_token"})
        rules.push_back({{"fault", fault}, {"path", "/v1/"}, {"probability", 0.015}});
    for (const int status : {500, 502, 503, 504, 408})
        rules.push_back(
            {{"fault", "status"}, {"status", status}, {"path", "/v1/"}, {"probability", 0.01}}
        );
    rules.push_back(
        {{"fault", "status"},
         {"status", 429},
         {"retry_after", "0"},
         {"path", "/v1/"},
         {"probability", 0.005}}
    );
    for (const char* kind : {"duplicate", "skip"})
        rules.push_back(
            {{"fault", "moved_item"}, {"kind", kind}, {"path", "/v1/"}, {"probability", 0.015}}
        );
    for (const char* kind : {"lone_surrogate", "wrong_type", "absurd_number", "missing_key"})
        rules.push_back(
            {{"fault", "bad_records"}, {"kind", kind}, {"path", "/v1/"}, {"probability", 0.005}}
        );
    return rules;
}

/// The world goes on while it is read: users come, go and return, licenses change hands.
class Restless : public PassListener {
  public:
    Restless(const Simulator& simulator, int seed) : simulator_(simulator), seed_(seed) {}

    /// From now on the world is quiet.
    void rest() { resting_ = true; }

    void started(const Resource&, const PassTotals&) override {}

    void advanced(const Resource&, const PassTotals&) override {
        if (!resting_ && ++advances_ % 4 == 0)
            simulator_.control(
                "POST", "/change", {{"seed", seed_ * 100'000 + advances_}, {"count", 1}}
            );
    }

    void finished(const PassReport&) override {}

    void broken_off(const PassReport&) override {}

  private:
    const Simulator& simulator_;
    int seed_;
    int advances_ = 0;
    bool resting_ = false;
};

/// In a soak there is a customer with many users now and then.
std::string users_of_the_first_customer(int seed) {
    return number_of_seeds() > 20 && seed % 20 == 1 ? "5100" : "60";
}

class World {
  public:
    explicit World(int seed)
        : seed_(seed), simulator_(
                           {"--seed",
                            std::to_string(seed),
                            "--customers",
                            "60",
                            "--subscriptions",
                            "6",
                            "--users",
                            "5",
                            "--big-users",
                            users_of_the_first_customer(seed),
                            "--page-size",
                            "17"}
                       ),
          engine_(
              simulator_,
              database_,
              {{"partner_center", {{"requests_per_minute", 0}, {"max_attempts", 4}}},
               {"delete_guard",
                {{"max_fraction", 1.0},
                 {"max_fraction_per_pass", 1.0},
                 {"resources", {{"customers", {{"max_fraction", 1.0}}}}}}}}
          ) {
        for (const auto& resource : resources_)
            states_[resource] = {};
    }

    /// The world moves while everything goes wrong now and then.
    void live(int rounds) {
        for (int round = 0; round < rounds; ++round) {
            simulator_.control("POST", "/faults", passing_faults());
            simulator_.control("POST", "/change", {{"seed", seed_ * 1000 + round}, {"count", 40}});
            for (const auto& resource : resources_)
                pass_among_faults(resource);
            remember();
        }
        simulator_.control("DELETE", "/faults");
        restless_.rest();
        for (const auto& resource : resources_) {
            pass(resource);
            ask_refused(resource);
        }
        // What changes hands shows in no count.
        pass("user_licenses", {.full = true});
        // What that took away although it is counted is searched once more.
        pass("user_licenses");
    }

    void expect_mirror_equals_world() {
        for (const auto& resource : resources_)
            EXPECT_EQ(mirrored(database_, resource), truth(simulator_, resource)) << resource;
        EXPECT_EQ(database_.number("select count(*) from pcmirror.rejected_records"), 0);
        EXPECT_EQ(
            database_.number("select count(*) from pcmirror.sync_scopes where state <> 'ok'"), 0
        );
        EXPECT_EQ(
            database_.number(
                "select count(*) from pcmirror.sync_scopes where lease_daemon is not null"
            ),
            0
        );
    }

    /// A pass over a quiet world changes no row and trusts every digest.
    void expect_unchanged_pass_writes_nothing() {
        for (const auto& resource : resources_) {
            const std::string versions =
                "select xmin from partner_center." + resource + " order by ctid";
            const Rows before = database_.rows(versions);
            const PassReport report = pass(resource);
            EXPECT_EQ(report.totals.scopes_unchanged, report.totals.scopes) << resource;
            EXPECT_EQ(database_.rows(versions), before) << resource;
            if (resource == "user_licenses") {
                EXPECT_EQ(report.totals.requests, 0U);
            }
        }
    }

    void expect_runs_to_count_what_the_log_shows() {
        EXPECT_THAT(runs_unlike_their_log(database_), ::testing::IsEmpty());
    }

    void expect_undoing_the_log_passes_through_every_state() {
        for (auto state = history_.rbegin(); state != history_.rend(); ++state) {
            undo_to(database_, state->first);
            for (const auto& resource : resources_)
                EXPECT_EQ(mirrored(database_, resource), state->second[resource]) << resource;
        }
        undo_to(database_, 0);
        for (const auto& resource : resources_)
            EXPECT_TRUE(mirrored(database_, resource).empty()) << resource;
    }

  private:
    PassReport pass(const std::string& resource, PassOptions options = {}) {
        return engine_.pass_beside_heartbeat(resource, restless_, std::move(options));
    }

    /// With so many faults a list may get no usable answer at any attempt, which ends its pass.
    void pass_among_faults(const std::string& resource) {
        try {
            pass(resource);
        } catch (const Error& error) {
            EXPECT_EQ(to_string(error.recovery()), to_string(Recovery::fix_api)) << error.what();
        }
    }

    /// A customer that went and came back between two customer lists was refused meanwhile, and is
    /// asked again a day later, or by name.
    void ask_refused(const std::string& resource) {
        PassOptions options;
        for (const auto& row : database_.rows(
                 "select customer_id from pcmirror.sync_scopes where state = 'refused' and "
                 "resource = '" +
                 resource + "'"
             ))
            options.customers.push_back(*row.front());
        if (!options.customers.empty())
            pass(resource, options);
    }

    void remember() {
        for (const auto& resource : resources_)
            states_[resource] = mirrored(database_, resource);
        history_.emplace_back(
            database_.number("select coalesce(max(change_id), 0) + 1 from pcmirror.change_log"),
            states_
        );
    }

    using State = std::map<std::string, std::vector<std::string>>;

    int seed_;
    std::vector<std::string> resources_{
        "customers", "subscriptions", "users", "subscribed_skus", "user_licenses"};
    TestDatabase database_;
    Simulator simulator_;
    Engine engine_;
    Restless restless_{simulator_, seed_};
    State states_;
    std::vector<std::pair<long long, State>> history_;
};

class WorldTest : public ::testing::TestWithParam<int> {};

TEST_P(WorldTest, TheMirrorEqualsTheWorldOnceItIsQuiet) {
    SCOPED_TRACE(fmt::format("seed {}", GetParam()));
    World world(GetParam());

    world.live(4);

    world.expect_mirror_equals_world();
    world.expect_unchanged_pass_writes_nothing();
    world.expect_runs_to_count_what_the_log_shows();
    world.expect_undoing_the_log_passes_through_every_state();
}

INSTANTIATE_TEST_SUITE_P(Seeds, WorldTest, ::testing::Range(1, 1 + number_of_seeds()));

} // namespace
} // namespace pcmirror::testing
