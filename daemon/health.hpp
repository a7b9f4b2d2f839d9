#pragma once

#include "schema/error.hpp"

#include <string>

namespace pcmirror {

/// What keeps a daemon from its work as a whole: the API, the database. Logged once per change of
/// state.
class Health {
  public:
    /// A pass came to nothing.
    void failed(const Error& error);

    /// A pass came to its end.
    void recovered();

    /// Why the daemon is not ready; empty when it is.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }

  private:
    std::string trouble_;
};

} // namespace pcmirror
