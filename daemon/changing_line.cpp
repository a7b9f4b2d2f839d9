#include "daemon/changing_line.hpp"

#include "daemon/output.hpp"

namespace pcmirror {

ChangingLine::ChangingLine() {
    if (stderr_is_lively())
        in_place_.emplace();
}

void ChangingLine::show(const std::string& line) {
    if (line == shown_)
        return;
    shown_ = line;
    if (in_place_)
        in_place_->show(line);
    else
        tell(line + '\n');
}

} // namespace pcmirror
