#include "sync/gateway/partner_center.hpp"
#include "sync/http/retry.hpp"

#include <fmt/format.h>

namespace pcmirror {

namespace {

constexpr int app_only_not_supported = 900329;

std::string remark(const Answer& answer) {
    return answer.error.code == app_only_not_supported
               ? "; this call needs a user's sign-in: set partner_center.auth to auto or app_user"
               : "";
}

} // namespace

std::string Answer::describe() const {
    std::string text = std::to_string(status);
    text += flaw_in_success(status, body);
    if (error.code != 0) {
        text += fmt::format(" (code {})", error.code);
    }
    if (!error.description.empty()) {
        text += ": " + error.description;
    }
    return text + remark(*this) + fmt::format(" [request id {}]", request_id);
}

bool Answer::knows_no_customer() const {
    constexpr int no_relationship = 20002;
    return verdict == Verdict::not_found ||
           (verdict == Verdict::refused && error.code == no_relationship);
}

std::chrono::milliseconds asked_to_wait(const Error& error) {
    const auto* const not_now = dynamic_cast<const NotNow*>(&error);
    return not_now == nullptr ? std::chrono::milliseconds(0) : not_now->asked();
}

bool is_of_one_call(const Error& error) {
    const Recovery recovery = error.recovery();
    const bool own = recovery == Recovery::retry_later || recovery == Recovery::skip_scope;
    return own && dynamic_cast<const HeldForLong*>(&error) == nullptr;
}

} // namespace pcmirror
