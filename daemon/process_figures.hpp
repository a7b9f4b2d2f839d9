#pragma once

namespace pcmirror {

/// What this process takes, as Prometheus's clients name it.
struct ProcessFigures {
    double cpu_seconds = 0;
    double resident_bytes = 0;
    double open_files = 0;
    double max_files = 0;
    double started_at = 0; ///< Unix time
};

ProcessFigures process_figures();

} // namespace pcmirror
