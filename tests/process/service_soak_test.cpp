#include "tests/process/kill_mirror_check.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

namespace pcmirror::testing {
namespace {

using nlohmann::json;

int given_or(const char* variable, int otherwise) {
    const char* given = std::getenv(variable);
    return given == nullptr ? otherwise : std::atoi(given);
}

/// A figure of /proc/PID/status, such as `VmRSS:`.
long status_figure(pid_t pid, const std::string& name) {
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    long figure = 0;
    for (std::string word; status >> word;)
        if (word == name)
            status >> figure;
    return figure;
}

/// Whether the program runs under a sanitizer that keeps book of memory, which reserves terabytes
/// of addresses for it.
bool is_sanitized(pid_t pid) {
    constexpr long terabyte_in_kb = 1L << 30;
    return status_figure(pid, "VmSize:") > terabyte_in_kb;
}

/// What a process takes.
struct Footprint {
    long resident_kb = 0;
    long files = 0;
};

Footprint footprint(pid_t pid) {
    const std::filesystem::directory_iterator files(fmt::format("/proc/{}/fd", pid));
    return {status_figure(pid, "VmRSS:"), std::distance(begin(files), end(files))};
}

/// What it takes at most times of a stretch.
Footprint typical(std::span<const Footprint> stretch) {
    const auto median = [&](long Footprint::*figure) {
        std::vector<long> figures;
        for (const Footprint& taken : stretch)
            figures.push_back(taken.*figure);
        const auto middle = figures.begin() + std::ssize(figures) / 2;
        std::ranges::nth_element(figures, middle);
        return *middle;
    };
    return {median(&Footprint::resident_kb), median(&Footprint::files)};
}

/// What is polled whole. Licenses are not: what no counter and no change of a user tells of shows
/// with the next full pass only.
constexpr const char* polled_whole = "'customers', 'subscriptions', 'users', 'subscribed_skus'";

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
        make_all_ready();
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
            footprints_.push_back(footprint(survivor().pid()));
        }
    }

    /// Nothing goes wrong any more, nothing changes, and the daemons have read all of that.
    void calm() {
        installation_.end_faults();
        make_all_ready();
        await("select count(*) = 0 from pcmirror.write_jobs where state in ('queued', 'running')");
        await_all_read_since(*installation_.database.value("select clock_timestamp()::text"));
    }

    void expect_mirrored(const std::vector<std::string>& resources) const {
        for (const std::string& resource : resources)
            EXPECT_EQ(
                mirrored(installation_.database, resource), truth(installation_.simulator, resource)
            ) << resource;
    }

    void stop() {
        for (const auto& daemon : daemons_)
            daemon->signal(SIGTERM);
        for (const auto& daemon : daemons_) {
            const Outcome outcome = daemon->wait();
            EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        }
    }

    /// What trusts no shortcut finds what the daemons have found.
    void expect_full_pass_to_find_licenses_only() const {
        const std::string runs = fmt::format(
            "pcmirror.sync_runs where run_id > {} and resource in ({})",
            installation_.database.number("select max(run_id) from pcmirror.sync_runs"),
            polled_whole
        );
        const Outcome outcome = installation_.call({"sync", "--full"});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
        EXPECT_EQ(count(runs + " and outcome = 'ok'"), 4);
        EXPECT_EQ(count(runs + " and (inserted, updated, deleted) <> (0, 0, 0)"), 0) << outcome.out;
    }

    void expect_all_well() const {
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
        EXPECT_LE(stats["max_requests_in_window"].get<int>(), budget);
        undo_to(installation_.database, 0);
        for (const char* table : {"customers", "subscriptions", "users", "user_licenses"})
            EXPECT_THAT(table_content(installation_.database, table), ::testing::IsEmpty())
                << table;
    }

    /// The one daemon that nobody kills.
    [[nodiscard]] const Process& survivor() const { return *daemons_.front(); }

    /// What that took in the fourth of the time with this number, counted from 0.
    [[nodiscard]] Footprint taken_in_fourth(std::size_t fourth) const {
        const std::size_t size = footprints_.size() / 4;
        return typical(std::span(footprints_).subspan(fourth * size, std::max<std::size_t>(size, 1))
        );
    }

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
             {{"requests_per_minute", budget}, {"concurrency", 4}, {"request_timeout", "3s"}}},
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

    /// From then on a daemon hears signals, and outlives everything else. One that does not come so
    /// far is started again, as systemd would.
    void make_ready(std::unique_ptr<Process>& daemon) {
        while (!daemon->await_err("daemon.ready")) {
            const Outcome outcome = daemon->wait();
            if (outcome.exit_code != no_database)
                throw std::runtime_error("a daemon does not start: " + outcome.err);
            daemon = start();
        }
        if (!daemon->running())
            throw std::runtime_error("a daemon ended by itself: " + daemon->err());
    }

    void make_all_ready() {
        for (auto& daemon : daemons_)
            make_ready(daemon);
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

    void await_all_read_since(const std::string& moment) const {
        const std::string unread = fmt::format(
            "select string_agg(concat_ws(' ', resource, customer_id, state, last_error), '; ') "
            "from pcmirror.sync_scopes where resource in ({}) and state not in ('refused', "
            "'excluded') and (last_success_at > '{}') is not true",
            polled_whole,
            moment
        );
        const auto until = std::chrono::steady_clock::now() + 3 * process_deadline;
        for (auto left = installation_.database.value(unread); left;
             left = installation_.database.value(unread)) {
            if (std::chrono::steady_clock::now() > until)
                throw std::runtime_error("never read: " + *left);
            end_rests();
        }
    }

    /// Scopes that fail rest for up to an hour.
    void end_rests() const {
        installation_.database.execute(
            "update pcmirror.sync_scopes set last_attempt_at = last_attempt_at - interval '1 hour' "
            "where scope_id in (select scope_id from pcmirror.sync_scopes where state = 'failing' "
            "and lease_daemon is null for update skip locked)"
        );
    }

    void change_world() {
        const json kinds = {
            "modify_subscription", "add_subscription", "remove_subscription", "assign_license"};
        installation_.simulator.control(
            "POST", "/change", {{"seed", draw(1'000'000)}, {"count", 3}, {"only", kinds}}
        );
    }

    void
    enqueue(const std::string& operation, const std::string& customer, const json& payload) const {
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
        return daemons_.at(1U + static_cast<std::size_t>(draw(2)));
    }

    void reload() {
        installation_.configure(settings(draw(2) == 0 ? "2s" : "4s"));
        for (auto& daemon : daemons_) {
            make_ready(daemon);
            daemon->signal(SIGHUP);
        }
    }

    void kill() {
        auto& daemon = victim();
        daemon->kill();
        const Outcome outcome = daemon->wait();
        EXPECT_THAT(outcome.exit_code, ::testing::AnyOf(128 + SIGKILL, no_database)) << outcome.err;
        daemon = start();
    }

    void restart() {
        auto& daemon = victim();
        make_ready(daemon);
        daemon->signal(SIGTERM);
        const Outcome outcome = daemon->wait();
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        daemon = start();
    }

    void freeze() {
        auto& daemon = victim();
        daemon->signal(SIGSTOP);
        std::this_thread::sleep_for(std::chrono::seconds(2));
        daemon->signal(SIGCONT);
    }

    void crash_database() {
        cluster_.restart("immediate");
        make_all_ready();
    }

    /// How a daemon ends that starts while the database is away.
    static constexpr int no_database = 3;

    /// Less than the schedules would like to have.
    static constexpr int budget = 1500;

    PrivateCluster cluster_;
    Installation installation_;
    std::minstd_rand random_;
    std::vector<std::unique_ptr<Process>> daemons_;
    std::vector<Person> people_;
    std::map<std::string, int> happened_;
    std::vector<Footprint> footprints_; ///< of the survivor, one after the other
    long long renames_ = 0;
    long long creations_ = 0;
};

TEST(ServiceSoak, HoursOfScheduleLoseNothingDoNothingTwiceAndLeakNothing) {
    // A day's schedule has as many rounds as ten minutes of this one.
    const std::chrono::seconds time(given_or("PCMIRROR_SOAK_SECONDS", 20));
    const int seed = given_or("PCMIRROR_SOAK_SEED", 7);
    Soak soak(static_cast<unsigned>(seed));
    soak.suffer(time);
    const bool sanitized = is_sanitized(soak.survivor().pid());
    const Footprint early = soak.taken_in_fourth(1);
    const Footprint late = soak.taken_in_fourth(3);
    std::cout << fmt::format(
                     "seed {}: {}; resident{} {} kB after the warm-up, {} kB in the end; files {}, "
                     "then {}\n",
                     seed,
                     soak.story(),
                     sanitized ? " with a sanitizer" : "",
                     early.resident_kb,
                     late.resident_kb,
                     early.files,
                     late.files
                 )
              << std::flush;
    soak.calm();
    soak.expect_mirrored({"customers", "subscriptions", "users", "subscribed_skus"});
    soak.stop();
    soak.expect_full_pass_to_find_licenses_only();
    soak.expect_mirrored({"user_licenses"});
    soak.expect_all_well();
    EXPECT_LE(late.files, early.files + 10);
    // A sanitizer keeps freed memory for a while.
    const double growth = sanitized ? 2 : 1.2;
    EXPECT_LE(
        static_cast<double>(late.resident_kb), growth * static_cast<double>(early.resident_kb)
    );
}

} // namespace
} // namespace pcmirror::testing
