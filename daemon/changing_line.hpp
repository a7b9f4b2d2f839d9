#pragma once

#include "daemon/progress.hpp"

#include <optional>
#include <string>

namespace pcmirror {

/// A line on stderr that says how something stands: replaced in place on a terminal, else each
/// once. Taken away from a terminal at the end.
class ChangingLine {
  public:
    ChangingLine();

    void show(const std::string& line);

  private:
    std::optional<StatusLine> in_place_;
    std::string shown_;
};

} // namespace pcmirror
