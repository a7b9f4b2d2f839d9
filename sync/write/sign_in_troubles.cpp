#include "sync/write/sign_in_troubles.hpp"

#include "config/log.hpp"

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

// Each try costs requests and sign-ins.
constexpr auto between_tries = 1min;

} // namespace

void SignInTroubles::require(SignIn sign_in) const {
    if (left(sign_in) > 0ms)
        throw Error(troubles_.at(sign_in).error);
}

void SignInTroubles::met(SignIn sign_in, const Error& trouble) {
    if (left(sign_in) > 0ms)
        return;
    if (!troubles_.contains(sign_in))
        event(
            Level::error,
            "jobs.waiting",
            {{field::error, trouble.what()}, {field::hint, trouble.hint()}}
        );
    troubles_.insert_or_assign(
        sign_in, Trouble{trouble, std::chrono::steady_clock::now() + between_tries}
    );
}

void SignInTroubles::over(SignIn sign_in) {
    const auto found = troubles_.find(sign_in);
    if (found == troubles_.end())
        return;
    event(Level::info, "jobs.recovered", {{"was", found->second.error.what()}});
    troubles_.erase(found);
}

std::chrono::milliseconds SignInTroubles::left(SignIn sign_in) const {
    const auto found = troubles_.find(sign_in);
    if (found == troubles_.end())
        return 0ms;
    return std::chrono::ceil<std::chrono::milliseconds>(
        found->second.until - std::chrono::steady_clock::now()
    );
}

std::optional<Error> SignInTroubles::any() const {
    return troubles_.empty() ? std::nullopt : std::optional(troubles_.begin()->second.error);
}

} // namespace pcmirror
