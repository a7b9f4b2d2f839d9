#include "config/log.hpp"

#include "config/log_line.hpp"
#include "config/log_privacy.hpp"
#include "config/log_repeats.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>
#include <vector>

namespace pcmirror {

namespace {

/// Where events go. The one global of the program.
class Log {
  public:
    Log() : logger_("pcmirror", std::make_shared<spdlog::sinks::stderr_sink_st>()) {
        logger_.set_pattern("%v");
        logger_.set_level(spdlog::level::trace);
    }

    ~Log() {
        const std::lock_guard lock(mutex_);
        tell_left_out(repeats_.rest());
    }

    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void set_up(Level lowest, bool json, bool journal) {
        const std::lock_guard lock(mutex_);
        lowest_ = lowest;
        json_ = json;
        journal_ = journal;
    }

    void set_interleave(void (*before)(), void (*after)()) {
        const std::lock_guard lock(mutex_);
        before_ = before;
        after_ = after;
    }

    [[nodiscard]] bool takes(Level level) const { return level >= lowest_.load(); }

    void write(const LogLine& line) {
        // One lock around bar, line and bar: no other thread's line may come between.
        const std::lock_guard lock(mutex_);
        const auto now = RepeatLimit::Instant::clock::now();
        tell_left_out(repeats_.over(now));
        // Who asks for everything gets everything.
        if (line.level < Level::info || repeats_.take(line.name, now))
            put(line);
    }

  private:
    void tell_left_out(const std::vector<RepeatLimit::Left>& left) {
        for (const auto& [name, lines] : left) {
            const Field fields[] = {{"of", name}, {"lines", lines}};
            put({std::chrono::system_clock::now(), Level::warn, "log.left_out", fields});
        }
    }

    void put(const LogLine& line) {
        const std::string text = json_ ? json_line(line) : text_line(line);
        if (before_ != nullptr)
            before_();
        if (journal_)
            logger_.log(spdlog::level::info, "{}{}", journal_prefix(line.level), text);
        else
            logger_.log(spdlog::level::info, "{}", text);
        if (after_ != nullptr)
            after_();
    }

    spdlog::logger logger_;
    std::mutex mutex_;
    RepeatLimit repeats_;
    std::atomic<Level> lowest_ = Level::warn;
    bool json_ = false;
    bool journal_ = false;
    void (*before_)() = nullptr;
    void (*after_)() = nullptr;
};

Log& the_log() {
    static Log log;
    return log;
}

Level level_of(std::string_view name) {
    for (const Level level : {Level::trace, Level::debug, Level::info, Level::warn, Level::error})
        if (to_string(level) == name)
            return level;
    return Level::info;
}

} // namespace

Field::Field(std::string_view field_name, std::string text)
    : name(field_name), value(std::move(text)) {}

Field::Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}

Field::Field(std::string_view field_name, const char* text) : name(field_name), value(text) {}

Field::Field(std::string_view field_name, long long number)
    : name(field_name), value(std::to_string(number)), is_number(true) {}

Field::Field(std::string_view field_name, long number)
    : name(field_name), value(std::to_string(number)), is_number(true) {}

Field::Field(std::string_view field_name, int number)
    : name(field_name), value(std::to_string(number)), is_number(true) {}

Field::Field(std::string_view field_name, unsigned long number)
    : name(field_name), value(std::to_string(number)), is_number(true) {}

Field::Field(std::string_view field_name, unsigned int number)
    : name(field_name), value(std::to_string(number)), is_number(true) {}

void set_up_log(const LogSettings& settings) {
    const bool journal = is_journal_stream(std::getenv("JOURNAL_STREAM"), STDERR_FILENO);
    the_log().set_up(level_of(settings.level), settings.json, journal);
}

void event(Level level, std::string_view name, std::initializer_list<Field> fields) {
    if (!logs(level))
        return;
    std::vector<Field> told(fields);
    if (level >= Level::info)
        for (Field& field : told)
            field.value = without_addresses(field.value);
    the_log().write({std::chrono::system_clock::now(), level, name, told});
}

bool logs(Level level) {
    return the_log().takes(level);
}

void set_log_interleave(void (*before)(), void (*after)()) {
    the_log().set_interleave(before, after);
}

} // namespace pcmirror
