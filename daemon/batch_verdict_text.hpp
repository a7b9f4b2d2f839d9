#pragma once

#include "sync/write/batch_verdict.hpp"

#include <string>

namespace pcmirror {

/// Seconds that the requests of a batch take at least; `budget_per_second` 0: there is none, and
/// nobody can tell.
double least_seconds(const BatchVerdict& verdict, double budget_per_second);

/// The verdict for people: what would be queued, what that costs, which seats are missing, and what
/// is to be known about lines; `name` is that of their file. Of each kind some dozens.
std::string
verdict_text(const BatchVerdict& verdict, const std::string& name, double budget_per_second);

/// All of it as one document.
std::string verdict_json(const BatchVerdict& verdict, double budget_per_second);

} // namespace pcmirror
