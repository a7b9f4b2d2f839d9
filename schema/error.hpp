#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace pcmirror {

/// What whoever catches an `Error` does next. A list of reactions, not of causes.
enum class Recovery {
    retry_later,  ///< the same thing may work in a while; the scope fails for now
    skip_scope,   ///< this scope can't be done; the others go on
    fix_config,   ///< a person changes the configuration or the command line (exit 2)
    fix_database, ///< the database can't be reached, or its schema does not fit (exit 3)
    fix_api,      ///< the API can't be reached or refuses the credentials (exit 4)
    bug,          ///< this program is wrong
};

std::string_view to_string(Recovery recovery);

/// The exit codes of the command line.
enum class ExitCode : int {
    success = 0,
    partial = 1,  ///< the work was done but something in it failed
    usage = 2,    ///< usage or configuration error, nothing was done
    database = 3, ///< the database can't be reached, or its schema is behind, ahead or altered
    api = 4,      ///< the API can't be reached or refuses the credentials
};

ExitCode exit_code(Recovery recovery);

/// A line of this program. clang 14, which the lint build uses, lacks std::source_location.
struct SourcePlace {
    const char* file = "";
    int line = 0;
};

/// The one exception of this program. `what()` is the whole chain, outermost context first:
/// `polling subscriptions of customer 4d3c...: the answer is not JSON`.
/// Wording: lower case, no final stop, what was found in quotes; the remedy goes into the hint.
class Error : public std::runtime_error {
  public:
    Error(
        Recovery recovery,
        const std::string& message,
        std::string hint = {},
        SourcePlace where = {__builtin_FILE(), __builtin_LINE()}
    );

    [[nodiscard]] Recovery recovery() const noexcept { return recovery_; }

    /// What to do about it; may be empty.
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

    /// Where it was thrown, for debug logs only.
    [[nodiscard]] const SourcePlace& where() const noexcept { return where_; }

    /// The same error with what was being done in front of its message.
    [[nodiscard]] Error in_context(std::string_view context) const;

  private:
    Recovery recovery_;
    std::string hint_;
    SourcePlace where_;
};

} // namespace pcmirror
