#include "config/log.hpp"
#include "daemon/commands.hpp"
#include "daemon/json.hpp"
#include "daemon/output.hpp"
#include "daemon/table.hpp"
#include "daemon/write_back.hpp"
#include "sync/db/upkeep.hpp"

#include <array>
#include <map>

namespace pcmirror {
namespace {

/// One migration in one line of `--status`.
struct Line {
    int version = 0;
    std::string name;
    std::string state;
    std::string applied_at;
    std::string applied_by;
};

std::vector<Line> lines_of(const MigrationStatus& status) {
    std::vector<Line> lines;
    const auto among = [](const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    for (const AppliedMigration& one : status.applied) {
        const bool altered = among(status.altered, one.name);
        const bool ahead = among(status.ahead, one.name);
        const char* state = altered ? "altered" : ahead ? "ahead" : "applied";
        lines.push_back({one.version, one.name, state, one.applied_at, one.applied_by});
    }
    for (const Migration& one : status.pending)
        lines.push_back({one.version, std::string(one.name), "pending"});
    return lines;
}

std::string status_text(const MigrationStatus& status) {
    TextTable table({{"migration"}, {"state"}, {"applied at"}, {"by"}});
    for (const Line& line : lines_of(status))
        table.add({line.name, line.state, line.applied_at, line.applied_by});
    return table.text();
}

std::string status_json(const MigrationStatus& status) {
    JsonWriter json;
    json.begin_object().key("current").boolean(status.current()).key("migrations").begin_array();
    for (const Line& line : lines_of(status)) {
        const bool applied = !line.applied_at.empty();
        json.begin_object().key("version").number(line.version);
        json.key("name").text(line.name);
        json.key("state").text(line.state).key("applied_at");
        applied ? json.text(line.applied_at) : json.null();
        json.end_object();
    }
    json.end_array().end_object();
    return json.document();
}

ExitCode show_status(const MigrationStatus& status, bool json) {
    print(json ? status_json(status) : status_text(status));
    if (status.ahead.empty() && status.altered.empty())
        return ExitCode::success;
    tell(
        status.ahead.empty()
            ? "the database was migrated with other texts than this program's\n"
            : "the database is newer than this program: install the version that migrated it\n"
    );
    return ExitCode::database;
}

std::string result_json(const MigrateResult& result) {
    JsonWriter json;
    json.begin_object().key("applied").begin_array();
    for (const std::string& name : result.applied)
        json.text(name);
    json.end_array().key("statements").begin_array();
    for (const std::string& statement : result.statements)
        json.text(statement);
    json.end_array().end_object();
    return json.document();
}

std::string result_text(const MigrateResult& result) {
    // With statements to be run the whole is a script.
    const std::string comment = result.statements.empty() ? "" : "-- ";
    std::string text;
    for (const std::string& name : result.applied)
        text.append(comment).append("applied ").append(name).append("\n");
    if (result.applied.empty())
        text += comment + "the database is up to date\n";
    if (!result.statements.empty())
        text += "-- The mirror works without these roles, as its owner alone. To have them, run "
                "this as a superuser,\n-- then pcmirror migrate again, which grants what they "
                "need:\n";
    for (const std::string& statement : result.statements)
        text += statement + (statement.ends_with(';') ? "\n" : ";\n");
    return text;
}

ExitCode run_migrate(const Invocation& invocation) {
    const Settings settings = settings_of(invocation);
    const Secret& url = migration_url(settings.database);
    const bool dry_run = invocation.arguments.has("--dry-run");
    if (invocation.arguments.has("--status") || (dry_run && invocation.json))
        return show_status(schema_status(url), invocation.json);
    if (dry_run) {
        print(migration_script(url, catalogue()));
        return ExitCode::success;
    }
    const MigrateResult result = migrate_schema(url, catalogue(), [](const Migration& migration) {
        event(Level::info, "migration.starting", {{"migration", migration.name}});
    });
    publish_operations(url, settings);
    print(invocation.json ? result_json(result) : result_text(result));
    return ExitCode::success;
}

constexpr std::array options{
    Option{.name = "--status", .text = "list applied and pending migrations, change nothing"},
    Option{.name = "--dry-run", .text = "print the SQL that would run, change nothing"},
};

} // namespace

const Command migrate_command{
    .name = "migrate",
    .summary = "bring the database schema up to date",
    .options = options,
    .more = "Connects with database.migrate_url where that is set. Prints the statements for roles "
            "that it may not create.",
    .example = "pcmirror migrate --status",
    .exit_codes = "0 success; 2 usage or configuration error; 3 the database can't be reached, its "
                  "schema is ahead or altered, or a migration failed",
    .json = true,
    .run = run_migrate,
};

} // namespace pcmirror
