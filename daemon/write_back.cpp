#include "daemon/write_back.hpp"

#include "daemon/job_ends.hpp"
#include "daemon/table.hpp"
#include "schema/counted.hpp"
#include "sync/write/operation_store.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace pcmirror {
namespace {

std::string value_text(const nlohmann::json& value) {
    return one_line(value.is_string() ? value.get<std::string>() : value.dump());
}

} // namespace

void publish_operations(DatabasePool& pool, const Settings& settings, std::int64_t daemon_id) {
    const AllowedOperations allowed(settings.write_back.operations);
    try {
        pool.run_now("writing the operations", [&](pqxx::connection& connection) {
            pqxx::work work(connection);
            write_operations(work, operation_catalogue(), allowed, daemon_id);
            work.commit();
        });
    } catch (const DatabaseError& error) {
        // Operators may read it only.
        if (daemon_id != 0 || error.trouble() != DatabaseTrouble::denied)
            throw;
    } catch (const Error& error) {
        // What the daemons say that do the jobs counts, not what a command would.
        if (daemon_id != 0 || error.recovery() != Recovery::fix_config)
            throw;
    }
}

void publish_operations(const Secret& url, const Settings& settings) {
    asio::io_context loop;
    DatabasePool pool(loop.get_executor(), url, 1, "operations");
    publish_operations(pool, settings, 0);
}

std::string job_text(const ShownJob& job) {
    const nlohmann::json all = nlohmann::json::parse(job.json);
    std::string text;
    for (const auto& [name, value] : all.items())
        if (!value.is_null() && name != "tries" && name != "secret_waits")
            text += fmt::format("{:<16} {}\n", name, value_text(value));
    for (const nlohmann::json& attempt : all.at("tries")) {
        text += fmt::format("attempt {:<8}", attempt.at("attempt").get<int>());
        for (const char* name : {"started_at", "http_status", "outcome", "error"})
            if (!attempt.at(name).is_null())
                text += ' ' + value_text(attempt.at(name));
        text += '\n';
    }
    if (job.secret_waits)
        text += secret_text(job.job_id) + '\n';
    return text;
}

std::string named_jobs_text(const std::vector<std::int64_t>& jobs, std::string_view became) {
    constexpr std::size_t named_at_most = 20;
    if (jobs.empty())
        return {};
    const std::vector<std::int64_t> named(
        jobs.begin(),
        jobs.begin() + static_cast<std::ptrdiff_t>(std::min(jobs.size(), named_at_most))
    );
    std::string text =
        fmt::format("{} {}: {}", counted(jobs.size(), "job"), became, fmt::join(named, ", "));
    if (jobs.size() > named.size())
        text += fmt::format(" and {} more", jobs.size() - named.size());
    return text + "\nhint: pcmirror job show ID says why\n";
}

} // namespace pcmirror
