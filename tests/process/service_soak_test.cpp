#include "tests/process/kill_mirror_check.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace pcmirror::testing {
namespace {

using nlohmann::json;

/// Seconds of trouble; a day's schedule has as many rounds as ten minutes of it.
int soak_seconds() {
    const char* given = std::getenv("PCMIRROR_SOAK_SECONDS");
    return given == nullptr ? 20 : std::atoi(given);
}

/// What a process takes.
struct Footprint {
    long resident_kb = 0;
    long files = 0;
};

Footprint footprint(pid_t pid) {
    Footprint taken;
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    for (std::string word; status >> word;)
        if (word == "VmRSS:")
            status >> taken.resident_kb;
    const std::filesystem::directory_iterator files(fmt::format("/proc/{}/fd", pid));
    taken.files = std::distance(begin(files), end(files));
    return taken;
}

/// Daemons, jobs and a world that changes, with everything going wrong that may.
class Soak {
  public:
    explicit Soak(unsigned seed)
        : installation_(
              {.simulator =
                   {"--customers", "25", "--users", "5", "--subscriptions", "3", "--latency", "5"},
               .settings = settings("2s"),
               .cluster_url = cluster_.url(),
               .everything = true}
          ),
          random_(seed) {
        const Outcome outcome = installation_.call({"sync"});
        if (outcome.exit_code != 0)
            throw std::runtime_error(outcome.out + outcome.err);
        for (std::size_t daemon = 0; daemon < 3; ++daemon)
            daemons_.push_back(start());
        // They write down which jobs there may be.
        for (const auto& daemon : daemons_)
            daemon->await_err("daemon.ready");
        for (const auto& row :
             installation_.database.rows("select customer_id::text, max(user_id::text), "
                                         "max(split_part(user_principal_name, '@', 2)) from "
                                         "partner_center.users where state = 'active' group by 1"))
            people_.push_back({*row[0], *row[1], *row[2]});
    }

    /// Goes on for so long, with something happening two times a second.
    void suffer(std::chrono::seconds time) {
        const auto until = std::chrono::steady_clock::now() + time;
        while (std::chrono::steady_clock::now() < until) {
            change_world();
            queue_jobs();
            trouble();
            // The rhythm of what happens is the scenario itself: nothing is waited for here.
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
        }
    }

    /// Lets everything come to rest.
    void calm() {
        installation_.end_faults();
        await("select count(*) = 0 from pcmirror.write_jobs where state in ('queued', 'running')");
        for (const auto& daemon : daemons_)
            daemon->signal(SIGTERM);
        for (const auto& daemon : daemons_) {
            const Outcome outcome = daemon->wait();
            EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        }
        installation_.database.execute("update pcmirror.sync_scopes set digest = null, "
                                       "last_attempt_at = null where state = 'failing'");
        const Outcome outcome = installation_.call({"sync", "--full"});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    }

    void expect_all_well() const {
        for (const char* resource :
             {"customers", "subscriptions", "users", "subscribed_skus", "user_licenses"})
            EXPECT_EQ(
                mirrored(installation_.database, resource), truth(installation_.simulator, resource)
            ) << resource;
        EXPECT_EQ(
            installation_.database.value("select string_agg(distinct last_error, '; ') from "
                                         "pcmirror.write_jobs where state <> 'succeeded'"),
            std::nullopt
        );
        EXPECT_EQ(count("pcmirror.write_jobs"), renames_ + creations_);
        for (const auto& [operation, jobs] :
             {std::pair{"update_user", renames_}, std::pair{"create_user", creations_}})
            EXPECT_EQ(effects(operation), jobs) << operation << ": each had one effect";
        EXPECT_EQ(count("pcmirror.sync_scopes where lease_daemon is not null"), 0);
        const json stats = installation_.simulator.control("GET", "/stats?window_ms=60000");
        EXPECT_LE(stats["max_requests_in_window"].get<int>(), budget_);
        undo_to(installation_.database, 0);
        for (const char* table : {"customers", "subscriptions", "users", "user_licenses"})
            EXPECT_THAT(table_content(installation_.database, table), ::testing::IsEmpty())
                << table;
    }

    /// Of the one daemon that nobody kills.
    [[nodiscard]] Footprint survivor() const { return footprint(daemons_.front()->pid()); }

    [[nodiscard]] std::string story() const {
        std::string told = fmt::format("{} renames, {} creations", renames_, creations_);
        for (const auto& [what, times] : happened_)
            told += fmt::format(", {} {}", times, what);
        return told;
    }

  private:
    struct Person {
        std::string customer;
        std::string user;
        std::string domain;
    };

    static json settings(const std::string& every) {
        return {
            {"partner_center",
             {{"requests_per_minute", budget_}, {"concurrency", 4}, {"request_timeout", "3s"}}},
            {"schedules",
             {{"customers", {{"every", every}}},
              {"subscriptions", {{"every", "3s"}}},
              {"users", {{"every", "3s"}}},
              {"subscribed_skus", {{"every", "3s"}}},
              {"user_licenses", {{"every", "5s"}, {"full_every", "60s"}}}}},
            {"delete_guard", no_delete_guard},
            {"admin", {{"listen", "127.0.0.1:0"}}},
            {"write_back", {{"settle_time", "1s"}}}};
    }

    std::unique_ptr<Process> start() {
        return std::make_unique<Process>(installation_.words({"run"}));
    }

    int draw(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

    [[nodiscard]] long long count(const std::string& rows) const {
        return installation_.database.number("select count(*) from " + rows);
    }

    [[nodiscard]] long long effects(const std::string& operation) const {
        return installation_.simulator.control("GET", "/effects?operation=" + operation)["count"];
    }

    void await(const std::string& sql) const {
        const auto until = std::chrono::steady_clock::now() + 3 * process_deadline;
        while (installation_.database.value(sql) != "t")
            if (std::chrono::steady_clock::now() > until)
                throw std::runtime_error("never: " + sql);
    }

    void change_world() {
        const json kinds = {
            "modify_subscription", "add_subscription", "remove_subscription", "assign_license"};
        installation_.simulator.control(
            "POST", "/change", {{"seed", ++seed_}, {"count", 3}, {"only", kinds}}
        );
    }

    void enqueue(const std::string& operation, const std::string& customer, const json& payload) {
        installation_.database.execute(fmt::format(
            "select pcmirror.enqueue_job('{}', customer_id => '{}', payload => '{}')",
            operation,
            customer,
            payload.dump()
        ));
    }

    /// Nobody else changes what these do, so that each effect is a job's.
    void queue_jobs() {
        const Person& person =
            people_.at(static_cast<std::size_t>(draw(static_cast<int>(people_.size()))));
        ++renames_;
        enqueue(
            "update_user",
            person.customer,
            {{"user_id", person.user}, {"display_name", fmt::format("Name {}", renames_)}}
        );
        if (draw(3) > 0)
            return;
        ++creations_;
        enqueue(
            "create_user",
            person.customer,
            {{"user_principal_name", fmt::format("new{}@{}", creations_, person.domain)},
             {"display_name", "New"},
             {"usage_location", "US"},
             {"password", "Secret-word-1!"}}
        );
    }

    void trouble() {
        const std::vector<std::pair<const char*, std::function<void()>>> kinds{
            {"errors",
             [this] {
                 fault({{"fault", "status"}, {"status", 503}, {"times", 5}});
             }},
            {"lost answers",
             [this] {
                 fault({{"fault", "reset_after"}, {"times", 2}});
             }},
            {"lost requests",
             [this] {
                 fault({{"fault", "reset_before"}, {"times", 2}});
             }},
            {"throttlings",
             [this] {
                 fault({{"fault", "status"}, {"status", 429}, {"retry_after", 1}, {"times", 2}});
             }},
            {"reloads", [this] { reload(); }},
            {"kills", [this] { kill(); }},
            {"restarts", [this] { restart(); }},
            {"freezes", [this] { freeze(); }},
            {"crashes of the database", [this] { crash_database(); }},
        };
        const auto& [name, happen] =
            kinds.at(static_cast<std::size_t>(draw(static_cast<int>(kinds.size()))));
        ++happened_[name];
        happen();
    }

    void fault(const json& rule) { installation_.fault(rule); }

    /// The first one is left alone.
    std::unique_ptr<Process>& victim() {
        return daemons_.at(static_cast<std::size_t>(1 + draw(2)));
    }

    void reload() {
        installation_.configure(settings(draw(2) == 0 ? "2s" : "4s"));
        for (const auto& daemon : daemons_)
            daemon->signal(SIGHUP);
    }

    void kill() {
        auto& daemon = victim();
        daemon->kill();
        daemon->wait();
        daemon = start();
    }

    void restart() {
        auto& daemon = victim();
        // Signals are heard from then on.
        daemon->await_err("daemon.ready");
        daemon->signal(SIGTERM);
        EXPECT_EQ(daemon->wait().exit_code, 0);
        daemon = start();
    }

    void freeze() {
        auto& daemon = victim();
        daemon->signal(SIGSTOP);
        std::this_thread::sleep_for(std::chrono::seconds(2));
        daemon->signal(SIGCONT);
    }

    /// Who starts meanwhile ends with 3 and would be started again by systemd.
    void crash_database() {
        cluster_.restart("immediate");
        for (auto& daemon : daemons_)
            if (!daemon->running())
                daemon = start();
    }

    /// Less than the schedules would like to have.
    static constexpr int budget_ = 1500;

    PrivateCluster cluster_;
    Installation installation_;
    std::minstd_rand random_;
    std::vector<std::unique_ptr<Process>> daemons_;
    std::vector<Person> people_;
    std::map<std::string, int> happened_;
    long long renames_ = 0;
    long long creations_ = 0;
    int seed_ = 0;
};

TEST(ServiceSoak, HoursOfScheduleLoseNothingDoNothingTwiceAndLeakNothing) {
    Soak soak(7);
    const std::chrono::seconds all(soak_seconds());
    soak.suffer(all / 4);
    const Footprint early = soak.survivor();
    soak.suffer(all - all / 4);
    const Footprint late = soak.survivor();
    soak.calm();
    std::cout << fmt::format(
        "{}; resident {} kB, then {} kB; files {}, then {}\n",
        soak.story(),
        early.resident_kb,
        late.resident_kb,
        early.files,
        late.files
    );
    soak.expect_all_well();
    EXPECT_LE(late.files, early.files + 10);
    // Under a sanitizer freed memory is kept for a while.
    EXPECT_LE(late.resident_kb, 2 * early.resident_kb);
}

} // namespace
} // namespace pcmirror::testing
