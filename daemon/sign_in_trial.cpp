#include "daemon/sign_in_trial.hpp"

#include "schema/letters.hpp"
#include "sync/http/token_errors.hpp"

namespace pcmirror {
namespace {

asio::awaitable<Answer> call_as_user(Program& program) {
    const Resource& customers = *catalogue().customers();
    Call call;
    call.priority = Priority::on_demand;
    call.sign_in = SignIn::user;
    call.url = program.api().url_of(std::string(customers.listings.front().path) + "?size=1");
    co_return co_await program.api().get(std::move(call));
}

SignInTrial verdict_of(const Answer& answer, Program& program) {
    const std::string_view mfa = header(answer.headers, "isMfaCompliant");
    const std::string& api = program.api().base_url();
    if (answer.verdict == Verdict::ok && !mfa.empty() && !same_name(mfa, "true"))
        return {
            false,
            api + " answers, but the sign-in had no MFA, which Partner Center refuses",
            "run \"pcmirror login\" again and pass MFA in that very sign-in; an administrator may "
            "have to ask the user for it (Entra admin center, Conditional Access)"};
    if (answer.verdict == Verdict::ok)
        return {true, api + " answers", {}};
    if (answer.verdict == Verdict::refused)
        return {
            false,
            api + " refuses this user: " + answer.describe(),
            "make the user a member of AdminAgents (Partner Center, Account settings, User "
            "management); \"pcmirror check\" tells when that has taken effect"};
    return {
        false,
        api + " does not answer as it should: " + answer.describe(),
        "check partner_center.api_url, then run \"pcmirror check\""};
}

} // namespace

asio::awaitable<SignInTrial> try_sign_in(Program& program) {
    SignInTrial trial;
    try {
        co_await program.tokens().token(SignIn::user);
        const Answer answer = co_await call_as_user(program);
        trial = verdict_of(answer, program);
    } catch (const Error& error) {
        trial = {false, error.what(), error.hint()};
    }
    co_return trial;
}

} // namespace pcmirror
