/// Kills the program that it is loaded into (LD_PRELOAD) at a named point of its work, which it
/// knows by the calls that the program makes anyway: the product has no code for this.
///
///   PCMIRROR_KILL_AT      token renamed | about to touch | about to apply | spooled | copied |
///                         before commit | after commit | budget taken; of a job: claimed | id
///                         stored | answered | recorded | refreshed
///   PCMIRROR_KILL_COUNT   at which time that it gets there (1)
///   PCMIRROR_KILL_MARK    a file that is made just before, so that a test knows the point was hit
///   PCMIRROR_KILL_SIGNAL  a number (that of SIGKILL)
///   PCMIRROR_KILL_ASLEEP  seconds that a program which was stopped there has slept, by its clock
///
/// Beside it, somebody sets the machine's clock:
///
///   PCMIRROR_CLOCK_AHEAD  a file that says by how many seconds it is ahead of what it was

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace {

/// This thread's transaction changes the mirror.
thread_local bool applying = false;
/// What is reached when this thread's transaction has been committed; empty: nothing.
thread_local std::string_view reached_by_commit;
std::atomic<int> asleep_s = 0;

/// Statements by connection and the name that they were prepared under.
class Prepared {
  public:
    void note(const PGconn* connection, const char* name, const char* sql) {
        const std::lock_guard lock(mutex_);
        statements_[{connection, name}] = sql;
    }

    std::string find(const PGconn* connection, const char* name) {
        const std::lock_guard lock(mutex_);
        return statements_[{connection, name}];
    }

  private:
    std::mutex mutex_;
    std::map<std::pair<const PGconn*, std::string>, std::string> statements_;
};

Prepared& prepared() {
    // Threads may still ask when the program ends.
    static auto* const all = new Prepared;
    return *all;
}

std::string_view setting(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

void reached(std::string_view point) {
    static std::atomic<int> left = setting("PCMIRROR_KILL_COUNT").empty()
                                       ? 1
                                       : std::atoi(setting("PCMIRROR_KILL_COUNT").data());
    if (point != setting("PCMIRROR_KILL_AT") || --left != 0)
        return;
    close(creat(setting("PCMIRROR_KILL_MARK").data(), S_IRUSR | S_IWUSR));
    if (const std::string_view slept = setting("PCMIRROR_KILL_ASLEEP"); !slept.empty())
        asleep_s = std::atoi(slept.data());
    const std::string_view signal = setting("PCMIRROR_KILL_SIGNAL");
    // To this very thread, which would get further while another one is hit.
    [[maybe_unused]] const int sent = raise(signal.empty() ? SIGKILL : std::atoi(signal.data()));
}

void about_to_send_of_a_job(std::string_view sql) {
    const auto has = [&](std::string_view words) {
        return sql.find(words) != std::string_view::npos;
    };
    if (has("from pcmirror.jobs j where j.job_id = any")) {
        reached_by_commit = "claimed";
    } else if (has("set sent_at = now()")) {
        reached_by_commit = "id stored";
    } else if (has("for no key update of j")) {
        reached("answered");
        reached_by_commit = "recorded";
    } else if (has("with ended as")) {
        reached("refreshed");
    }
}

void about_to_send(std::string_view sql) {
    about_to_send_of_a_job(sql);
    if (sql.find("sync_scopes s\nset state = 'ok'") != std::string_view::npos) {
        reached("about to touch");
    } else if (sql.ends_with("for update of s")) {
        reached("about to apply");
    } else if (sql.starts_with("select v.scope_id, not exists") || sql.starts_with("insert into stage_")) {
        if (!applying)
            reached("spooled");
        applying = true;
    } else if (sql.starts_with("with missing as") || sql.starts_with("COPY pcmirror.change_log")) {
        reached("copied");
    } else if (sql.find("update pcmirror.request_budget set tokens") != std::string_view::npos) {
        reached("budget taken");
    } else if (sql == "COMMIT" && applying) {
        reached("before commit");
    }
}

void answered(std::string_view sql) {
    if (sql != "COMMIT" && sql != "ROLLBACK")
        return;
    const bool applied = applying && sql == "COMMIT";
    const std::string_view point = sql == "COMMIT" ? reached_by_commit : "";
    applying = false;
    reached_by_commit = {};
    if (applied)
        reached("after commit");
    if (!point.empty())
        reached(point);
}

/// Seconds; 0 where there is no file.
time_t clock_ahead() {
    static const std::string path(setting("PCMIRROR_CLOCK_AHEAD"));
    std::array<char, 32> text{};
    const int file = path.empty() ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    const bool any = read(file, text.data(), text.size() - 1) > 0;
    close(file);
    return any ? std::atol(text.data()) : 0;
}

template <typename Function> Function* original(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" {

int rename(const char* from, const char* to) noexcept {
    static auto* const next = original<int(const char*, const char*)>("rename");
    const int result = next(from, to);
    if (std::string_view(to).ends_with("/refresh_token"))
        reached("token renamed");
    return result;
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
    static auto* const next = original<int(clockid_t, timespec*)>("clock_gettime");
    const int result = next(clock, time);
    if (clock == CLOCK_BOOTTIME)
        time->tv_sec += asleep_s;
    if (clock == CLOCK_REALTIME)
        time->tv_sec += clock_ahead();
    return result;
}

PGresult* PQexec(PGconn* connection, const char* query) {
    static auto* const next = original<decltype(PQexec)>("PQexec");
    about_to_send(query);
    PGresult* result = next(connection, query);
    answered(query);
    return result;
}

PGresult* PQexecParams(
    PGconn* connection,
    const char* command,
    int count,
    const Oid* types,
    const char* const* values,
    const int* lengths,
    const int* formats,
    int result_format
) {
    static auto* const next = original<decltype(PQexecParams)>("PQexecParams");
    about_to_send(command);
    return next(connection, command, count, types, values, lengths, formats, result_format);
}

PGresult*
PQprepare(PGconn* connection, const char* name, const char* query, int count, const Oid* types) {
    static auto* const next = original<decltype(PQprepare)>("PQprepare");
    prepared().note(connection, name, query);
    return next(connection, name, query, count, types);
}

PGresult* PQexecPrepared(
    PGconn* connection,
    const char* name,
    int count,
    const char* const* values,
    const int* lengths,
    const int* formats,
    int result_format
) {
    static auto* const next = original<decltype(PQexecPrepared)>("PQexecPrepared");
    about_to_send(prepared().find(connection, name));
    return next(connection, name, count, values, lengths, formats, result_format);
}
}
