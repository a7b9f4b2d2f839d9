#include "daemon/preflight.hpp"

#include "daemon/budget_plan.hpp"
#include "daemon/program.hpp"
#include "daemon/selection.hpp"
#include "schema/counted.hpp"
#include "sync/db/report_store.hpp"
#include "sync/db/upkeep.hpp"
#include "sync/gateway/budget.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <functional>
#include <set>
#include <unistd.h>

namespace pcmirror {
namespace {

Error failed(const std::string& found, std::string hint = {}) {
    return {Recovery::retry_later, found, std::move(hint)};
}

std::string_view words(SignIn kind) {
    return kind == SignIn::app ? "app" : "user";
}

asio::awaitable<void> sign_in(Program& program, SignIn kind) {
    co_await program.tokens().token(kind);
}

asio::awaitable<void> call(Program& program, Answer& answer) {
    const Resource& customers = *catalogue().customers();
    Call one;
    one.priority = Priority::on_demand;
    one.sign_in = customers.sign_in;
    one.url = program.api().url_of(std::string(customers.listings.front().path) + "?size=1");
    answer = co_await program.api().get(std::move(one));
}

/// Each function returns what it found, or throws what is wrong. Read it from `run` downwards.
class Preflight {
  public:
    explicit Preflight(const Settings& settings)
        : settings_(settings), resources_(scheduled_resources(settings)) {}

    std::vector<Probe> run() {
        probe("configuration", [&] { return settings_.file.string(); });
        probe("state directory", [&] { return writable(settings_.state_directory); });
        const auto& token_file = settings_.partner_center.refresh_token_file;
        if (settings_.partner_center.auth != Auth::app_only)
            probe("refresh token", [&] { return replaceable(token_file); });
        look_at_database();
        look_at_api();
        return std::move(probes_);
    }

  private:
    bool probe(const std::string& name, const std::function<std::string()>& look) {
        Probe result{name, true, {}, {}};
        try {
            result.found = look();
        } catch (const Error& error) {
            result = {name, false, error.what(), error.hint()};
        }
        probes_.push_back(std::move(result));
        return probes_.back().ok;
    }

    void look_at_database() {
        asio::io_context loop;
        DatabasePool pool(loop.get_executor(), settings_.database.url, 1, "check");
        ReportStore store(pool);
        const bool there = probe("database", [&] {
            return pool.shown_url() + ", PostgreSQL " + store.server_version();
        });
        if (!there)
            return;
        probe("sessions", [&] {
            require_whole_sessions(settings_.database.url);
            return std::string("advisory locks hold");
        });
        probe("schema", [&] { return schema(); });
        if (current_)
            budget_shared_ = probe("rights", [&] { return rights(store); });
        probe("clock", [&] { return clock(store); });
        if (current_)
            probe("schedules", [&] { return schedules(store); });
    }

    void look_at_api() {
        // Without schema and rights there is no shared budget to count the one call against.
        const auto budget = budget_shared_ ? Program::Budget::shared : Program::Budget::own;
        std::unique_ptr<Program> program;
        const bool made = probe("http", [&] {
            program = std::make_unique<Program>(settings_, "check", budget);
            return std::string("certificate authorities and proxy are usable");
        });
        if (!made || !signs_in(*program))
            return;
        Answer answer;
        const bool answered = probe("api", [&] { return one_call(*program, answer); });
        if (answered && settings_.partner_center.auth == Auth::app_user)
            probe("mfa", [&] { return mfa(answer); });
    }

    bool signs_in(Program& program) {
        bool all = true;
        for (const SignIn kind : kinds(program)) {
            const bool signed_in = probe("sign-in as " + std::string(words(kind)), [&] {
                program.run(sign_in(program, kind));
                return std::string("token received");
            });
            all = all && signed_in;
        }
        return all;
    }

    static std::string writable(const std::filesystem::path& directory) {
        std::error_code unknown;
        if (!std::filesystem::is_directory(directory, unknown))
            throw failed(
                directory.string() + " is no directory",
                "create it for the user that runs pcmirror: install -d -o pcmirror " +
                    directory.string()
            );
        if (access(directory.c_str(), W_OK | X_OK) != 0)
            throw failed(
                directory.string() + " can't be written to: " + std::strerror(errno),
                "give it to the user that runs pcmirror"
            );
        return directory.string();
    }

    /// A rotated token is put in place by a rename, which needs the directory.
    static std::string replaceable(const std::filesystem::path& file) {
        writable(file.has_parent_path() ? file.parent_path() : std::filesystem::path("."));
        return file.string() + (std::filesystem::exists(file) ? " can be replaced"
                                                              : " is not there, and can be made");
    }

    std::string schema() {
        const MigrationStatus status = schema_status(settings_.database.url);
        current_ = status.current();
        if (current_)
            return "up to date, " + counted(status.applied.size(), "migration");
        if (!status.ahead.empty())
            throw failed(
                "newer than this program: it has " + status.ahead.front(),
                "install the version of pcmirror that migrated it"
            );
        if (!status.altered.empty())
            throw failed(
                "was migrated with another text of " + status.altered.front(),
                "see: pcmirror migrate --status"
            );
        const std::string pending = counted(status.pending.size(), "migration") + " pending";
        if (!settings_.database.migrate_on_start)
            throw failed(pending, "run: pcmirror migrate");
        if (!status.initialised && !may_migrate())
            throw failed(
                pending + ", and the role may create no schemas",
                "set database.migrate_url to the owner, or grant create on the database"
            );
        return pending + ", to be applied at the start";
    }

    [[nodiscard]] bool may_migrate() const {
        asio::io_context loop;
        DatabasePool pool(loop.get_executor(), migration_url(settings_.database), 1, "check");
        return ReportStore(pool).may_create_schemas();
    }

    static std::string rights(ReportStore& store) {
        const std::vector<std::string> missing = store.missing_rights(catalogue());
        if (missing.empty())
            return "sufficient";
        throw failed(
            counted(missing.size(), "right") + " missing, such as " + missing.front(),
            "as a superuser run: grant pcmirror_daemon to the role in database.url"
        );
    }

    static std::string clock(ReportStore& store) {
        // Tokens and signatures are judged by clocks that other machines set.
        constexpr double most = 30;
        const double ahead = store.clock_ahead();
        std::string found = fmt::format(
            "the database's is {:.1f} s {} this machine's",
            std::abs(ahead),
            ahead < 0 ? "behind" : "ahead of"
        );
        if (std::abs(ahead) > most)
            throw failed(found, "let both machines keep time by NTP");
        return found;
    }

    std::string schedules(ReportStore& store) const {
        const int per_minute = settings_.partner_center.requests_per_minute;
        const double budget =
            per_minute == 0 ? 0 : Bucket::for_budget(per_minute).refill_per_second;
        const BudgetPlan plan = read_plan(settings_, resources_, store, budget);
        if (!plan.holds)
            throw failed(shortcoming(plan), "see: pcmirror plan");
        std::string found = fmt::format("{:.2f} requests/s on average", plan.wanted_per_second);
        for (const std::string& remark : remarks(plan))
            found += "; " + remark;
        return found;
    }

    [[nodiscard]] std::set<SignIn> kinds(Program& program) const {
        std::set<SignIn> kinds{program.tokens().kind_for(SignIn::app)};
        for (const Resource* resource : resources_)
            kinds.insert(program.tokens().kind_for(resource->sign_in));
        return kinds;
    }

    static std::string one_call(Program& program, Answer& answer) {
        program.run(call(program, answer));
        if (answer.verdict != Verdict::ok)
            throw failed(answer.describe(), "see the roles and consents of the app registration");
        return program.api().base_url() + " answers";
    }

    static std::string mfa(const Answer& answer) {
        const std::string_view said = header(answer.headers, "isMfaCompliant");
        if (said.empty())
            return "the API does not say";
        if (said != "true" && said != "True")
            throw failed(
                "the sign-in behind the refresh token had no MFA, which Partner Center refuses",
                "consent again with MFA and store the new refresh token"
            );
        return "the sign-in had MFA";
    }

    const Settings& settings_;
    std::vector<const Resource*> resources_;
    std::vector<Probe> probes_;
    bool current_ = false;       ///< the schema
    bool budget_shared_ = false; ///< with the other processes, as the database can be worked on
};

} // namespace

std::vector<Probe> preflight(const Settings& settings) {
    return Preflight(settings).run();
}

} // namespace pcmirror
