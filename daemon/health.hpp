#pragma once

#include "schema/error.hpp"

#include <map>
#include <string>

namespace pcmirror {

/// What keeps a daemon from its work: the API, the database, what broke one resource. Each is
/// logged once when it begins and once when it is over.
class Health {
  public:
    /// A pass of a resource came to nothing.
    void failed(std::string_view resource, const Error& error);

    /// A pass of a resource came to its end. One that asked the API nothing proves nothing of it.
    void finished(std::string_view resource, bool asked_api);

    /// Why the daemon is not ready; empty when it is.
    [[nodiscard]] std::string trouble() const;

  private:
    void over(const std::string& trouble);

    /// What is wrong, under the name of what is broken.
    std::map<std::string, std::string> troubles_;
};

} // namespace pcmirror
