#pragma once

#include "config/settings.hpp"
#include "daemon/admin_facts.hpp"
#include "daemon/instruments.hpp"
#include "sync/poll/tasks.hpp"

#include <boost/asio/thread_pool.hpp>
#include <string>
#include <vector>

namespace pcmirror {

/// Reads what the admin endpoint tells, at most once in five seconds, however many ask, and over a
/// connection of its own, so that the work does not wait for it. One thread but for its reader.
class FactsKeeper {
  public:
    /// Settings and instruments outlive it.
    FactsKeeper(
        asio::any_io_executor executor, const Settings& settings, const Instruments& instruments
    );
    ~FactsKeeper(); ///< waits for a reading under way
    FactsKeeper(const FactsKeeper&) = delete;
    FactsKeeper& operator=(const FactsKeeper&) = delete;

    /// As of now but for the database, which is waited for three seconds at most; then what it told
    /// before stands, and after half a minute the trouble beside it.
    asio::awaitable<AdminFacts> facts();

    /// Without asking the database.
    [[nodiscard]] AdminFacts facts_of_process() const;

  private:
    struct Reading {
        std::optional<MirrorStatus> status;
        Overview overview;
        std::string trouble;
    };

    void start_reading();
    Reading read();
    void take(Reading reading);

    asio::any_io_executor executor_;
    const Settings& settings_;
    const Instruments& instruments_;
    std::vector<const Resource*> resources_;
    DatabasePool pool_;
    Signal changed_;
    AdminFacts told_;                                            ///< what the database told
    std::optional<std::chrono::steady_clock::time_point> begun_; ///< a reading, or the last one
    bool reading_ = false;
    asio::thread_pool reader_{1};
};

} // namespace pcmirror
