#pragma once

#include "schema/error.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace pcmirror {

/// Something that keeps a daemon from its work.
struct Trouble {
    std::string name; ///< of the event that told of it: `api.unavailable`, `pass.failed users`
    std::string why;
    std::string hint; ///< what to do
};

/// What keeps a daemon from its work: the API, the database, what broke one resource. Each is
/// logged once when it begins and once when it is over. Any thread.
class Health {
  public:
    /// A pass of a resource came to nothing.
    void failed(std::string_view resource, const Error& error);

    /// A pass of a resource came to its end, or some of its scopes did. One that asked the API
    /// nothing proves nothing of it.
    void finished(std::string_view resource, bool asked_api);

    /// The database answered.
    void database_works();

    /// Something else is wrong, or is wrong no more; others log it. Returns whether it is news.
    bool set(Trouble trouble);
    void clear(std::string_view name);

    /// Another configuration is worked under: what is known of the API stays.
    void begin_anew();

    /// Why the daemon is not ready; empty when it is.
    [[nodiscard]] std::vector<Trouble> troubles() const;

    /// The same in a line.
    [[nodiscard]] std::string trouble() const;

  private:
    void over(const std::string& trouble);

    mutable std::mutex mutex_;
    /// By name.
    std::map<std::string, Trouble> troubles_;
};

} // namespace pcmirror
