#include "daemon/succession.hpp"

#include "config/log.hpp"
#include "daemon/rest.hpp"
#include "daemon/systemd.hpp"

namespace pcmirror {
namespace {

constexpr std::chrono::seconds pause_between_attempts{2};

void tell_refused(const Error& error, const char* hint) {
    event(Level::error, "config.refused", {{field::error, error.what()}, {field::hint, hint}});
}

} // namespace

Succession::Succession(const Invocation& invocation, StopSignals& signals)
    : invocation_(invocation), signals_(signals) {}

void Succession::run() {
    std::optional<Settings> next = read();
    instruments_.health.set({"daemon.starting", "it has not begun to work yet", {}});
    set_up_log(next->log);
    show(*next);
    while (next) {
        const std::unique_ptr<Reign> reign = begin(std::move(*next));
        if (!reign)
            return;
        if (good_)
            show(reign->settings());
        good_ = reign->settings();
        next = reign->serve(signals_);
    }
}

/// Under the same address the old one has to go first.
void Succession::show(const Settings& settings) {
    endpoint_.reset();
    endpoint_ = std::make_unique<AdminEndpoint>(settings, instruments_);
}

Settings Succession::read() {
    // First, so that a signal that comes while the file is read asks once more.
    signals_.take_reload();
    return settings_of(invocation_);
}

std::unique_ptr<Reign> Succession::attempt(const Settings& settings) {
    systemd::alive();
    set_up_log(settings.log);
    signals_.set_grace(settings.shutdown_grace);
    return std::make_unique<Reign>(settings, instruments_, [this] { return read(); });
}

std::unique_ptr<Reign> Succession::begin(Settings newest) {
    if (!good_)
        return attempt(newest);
    std::unique_ptr<Reign> reign;
    for (bool told = false; !reign;) {
        reign = attempt_newest(newest, told);
        if (!reign)
            reign = attempt_good();
        if (!reign && !rest(newest, told))
            return nullptr;
    }
    if (!trouble_.empty())
        event(Level::info, "daemon.recovered", {{"from", trouble_}});
    trouble_.clear();
    return reign;
}

std::unique_ptr<Reign> Succession::attempt_newest(const Settings& newest, bool& told) {
    try {
        return attempt(newest);
    } catch (const Error& error) {
        if (!std::exchange(told, true))
            tell_refused(error, "going back to the configuration before");
    }
    return nullptr;
}

std::unique_ptr<Reign> Succession::attempt_good() {
    try {
        return attempt(*good_);
    } catch (const Error& error) {
        const bool database = error.recovery() == Recovery::fix_database;
        const char* name = database ? "database.unavailable" : "daemon.unavailable";
        const bool news = instruments_.health.set({name, error.what(), error.hint()});
        if (trouble_.empty() && news)
            event(Level::warn, name, {{field::error, error.what()}, {field::hint, error.hint()}});
        trouble_ = std::string(name) + ": " + error.what();
    }
    return nullptr;
}

bool Succession::rest(Settings& newest, bool& told) {
    systemd::ready();
    systemd::status("not ready: " + trouble_);
    switch (rest_for(pause_between_attempts, signals_)) {
    case RestEnd::over:
        return true;
    case RestEnd::stop:
        return false;
    case RestEnd::reload:
        break;
    }
    systemd::reloading();
    try {
        newest = read();
        told = false;
    } catch (const Error& error) {
        tell_refused(error, "the old configuration stays");
    }
    return true;
}

} // namespace pcmirror
