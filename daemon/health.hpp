#pragma once

#include "schema/error.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Something that keeps a daemon from its work.
struct Trouble {
    /// Of the event that told of it, with what it befell: `api.unavailable users`.
    std::string name;
    std::string why;
    std::string hint; ///< what to do
};

/// What keeps a daemon from its work: the API, the database, what broke one resource. Each is
/// logged once when it begins and once when it is over; what the API has against several resources
/// for one reason counts as one there. Any thread.
class Health {
  public:
    using Clock = std::chrono::steady_clock;

    /// A pass of a resource came to nothing.
    void failed(std::string_view resource, const Error& error);

    /// A pass of a resource came to its end, or some of its scopes did. `well_asked_at`: when the
    /// API was asked last, by whatever daemon, for a scope of it that went well; without that the
    /// pass proves nothing of the API. Returns whether a trouble with the API is over.
    bool finished(std::string_view resource, std::optional<Clock::time_point> well_asked_at);

    /// The database answered.
    void database_works();

    /// Something else is wrong; others log it. Returns whether it is news.
    bool set(Trouble trouble);
    /// It is wrong no more, which is logged.
    void clear(std::string_view name);

    /// Another configuration is worked under: what is known of the API stays as far as these
    /// resources go.
    void begin_anew(const std::vector<std::string_view>& resources);

    /// Why the daemon is not ready, each reason once, with all that it befell; empty when it is.
    [[nodiscard]] std::vector<Trouble> troubles() const;

    /// The same in a line.
    [[nodiscard]] std::string trouble() const;

  private:
    struct Known {
        Trouble trouble;
        Clock::time_point at; ///< when it showed last
    };

    [[nodiscard]] bool has_like(const Trouble& trouble) const;
    void over(const std::string& trouble);

    mutable std::mutex mutex_;
    /// By name.
    std::map<std::string, Known> troubles_;
};

} // namespace pcmirror
