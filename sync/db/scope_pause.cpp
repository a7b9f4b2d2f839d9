#include "sync/db/scope_pause.hpp"

#include <fmt/format.h>

namespace pcmirror {

std::string scope_pause(const std::string& scope) {
    return fmt::format(
        "least(interval '1 hour', make_interval(mins => "
        "(2 ^ least({}.consecutive_failures - 1, 6))::integer))",
        scope
    );
}

std::string rest_ends(const std::string& scope) {
    return fmt::format(
        "greatest({0}.last_attempt_at + {1}, (select t.blocked_until from "
        "pcmirror.throttled_customers t where t.customer_id = {0}.customer_id))",
        scope,
        scope_pause(scope)
    );
}

std::string rest_is_over(const std::string& scope) {
    return fmt::format("({0}.state = 'failing' and {1} <= now())", scope, rest_ends(scope));
}

std::string was_asked(const std::string& scope) {
    return fmt::format("({0}.last_attempt_at <= now() + interval '1 minute') is true", scope);
}

} // namespace pcmirror
