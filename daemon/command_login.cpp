#include "config/read.hpp"
#include "daemon/commands.hpp"
#include "daemon/json.hpp"
#include "daemon/login/browser_sign_in.hpp"
#include "daemon/login/device_code.hpp"
#include "daemon/login/login_words.hpp"
#include "daemon/login/open_browser.hpp"
#include "daemon/login/token_home.hpp"
#include "daemon/output.hpp"
#include "daemon/program.hpp"
#include "daemon/sign_in_trial.hpp"
#include "daemon/stop_signals.hpp"
#include "daemon/time_text.hpp"
#include "sync/http/url.hpp"
#include "sync/poll/tasks.hpp"

#include <array>
#include <fmt/format.h>

namespace pcmirror {
namespace {

/// Without use; each use yields one with as many fresh days (platform page, 1.3).
constexpr std::chrono::hours life_of_refresh_tokens{24 * 90};

/// What somebody asked for.
struct Wish {
    LoginWay way = LoginWay::browser;
    LoginOptions options;
};

/// What has come of it.
struct Yield {
    bool stored = false;
    bool confidential = false;
    std::string user; ///< empty: not told
    TokenFile file;
    std::chrono::system_clock::time_point lasts_until;
    SignInTrial trial;
};

Wish wish_of(const Invocation& invocation) {
    const Arguments& given = invocation.arguments;
    Wish wish;
    wish.way = given.has("--device-code") ? LoginWay::device_code : LoginWay::browser;
    if (wish.way == LoginWay::device_code && (given.has("--port") || given.has("--redirect-uri")))
        throw usage_error(
            *invocation.command, "--device-code needs neither --port nor --redirect-uri"
        );
    if (const auto port = given.value("--port")) {
        wish.options.port = http::parse_port(*port);
        if (wish.options.port == 0)
            throw usage_error(
                *invocation.command, fmt::format("--port: \"{}\" is not a port (1 to 65535)", *port)
            );
    }
    wish.options.redirect_uri = given.value("--redirect-uri").value_or("");
    wish.options.time_limit =
        duration_of(invocation, "--time-limit").value_or(wish.options.time_limit);
    return wish;
}

void require_user_sign_in(const Settings& settings) {
    if (settings.partner_center.auth == Auth::app_only)
        throw Error(
            Recovery::fix_config,
            "no login is needed: partner_center.auth is app_only, the application signs in by "
            "itself",
            "set partner_center.auth to app_user or auto to mirror what needs a user"
        );
}

/// One sign-in, from the first word to the trial.
class Login {
  public:
    Login(Program& program, const TokenHome& home, Wish wish)
        : program_(program), settings_(program.settings().partner_center), home_(home),
          wish_(std::move(wish)) {}

    asio::awaitable<void> run() {
        if (wish_.way == LoginWay::device_code)
            co_await by_device_code();
        else
            co_await by_browser();
        tell("trying it ...\n");
        yield_.trial = co_await try_sign_in(program_);
        // The trial may have rotated it.
        yield_.file = home_.look();
    }

    [[nodiscard]] const Yield& yield() const { return yield_; }

  private:
    asio::awaitable<void> by_browser() {
        BrowserSignIn sign_in(
            program_.executor(), settings_, program_.http(), system_clock(), wish_.options
        );
        invite(sign_in);
        KeepTokens keeping = [this](const UserTokens& tokens) { return keep(tokens); };
        co_await sign_in.run(std::move(keeping));
    }

    asio::awaitable<void> by_device_code() {
        std::function<void(const DeviceCode&)> show = [this](const DeviceCode& code) {
            tell(fmt::format(
                "Open this address in a browser on any machine:\n\n  {}\n\nand enter the code {}. "
                "Sign in with MFA as the user of the partner that pcmirror is to work as "
                "(AdminAgents).\nWaiting for at most {}; Ctrl-C ends it, and nothing is stored "
                "then.\n",
                code.verification_url,
                code.user_code,
                show_duration(std::min<Milliseconds>(wish_.options.time_limit, code.expires_in))
            ));
        };
        const UserTokens tokens = co_await sign_in_by_device_code(
            settings_, program_.http(), system_clock(), wish_.options.time_limit, std::move(show)
        );
        co_await keep(tokens);
    }

    void invite(const BrowserSignIn& sign_in) const {
        const std::string& redirect = sign_in.redirect_uri();
        tell(fmt::format(
            "pcmirror listens on localhost:{}, where the browser comes back to as {}. Once, {}.\n",
            sign_in.port(),
            redirect,
            registration_hint(settings_, redirect)
        ));
        if (wish_.options.redirect_uri.empty())
            tell(fmt::format(
                "With the browser on another machine, run there first: ssh -L {0}:localhost:{0} "
                "THIS_MACHINE\n",
                sign_in.port()
            ));
        tell(fmt::format(
            "Open this address in the browser and sign in with MFA as the user of the partner that "
            "pcmirror is to work as (AdminAgents):\n\n  {}\n\nWaiting for at most {}; Ctrl-C ends "
            "it, and nothing is stored then.\n",
            sign_in.url(),
            show_duration(wish_.options.time_limit)
        ));
        if (has_browser())
            open_browser(sign_in.url());
    }

    asio::awaitable<void> keep(const UserTokens& tokens) {
        co_await home_.store(tokens.answer.refresh_token, system_clock());
        yield_.stored = true;
        yield_.confidential = tokens.confidential;
        yield_.user = user_in(tokens.answer.id_token);
        yield_.lasts_until = std::chrono::system_clock::now() + life_of_refresh_tokens;
        yield_.file = home_.look();
        const TokenFile& file = yield_.file;
        tell(fmt::format(
            "The refresh token is stored in {} (owner {}:{}, mode {}).\n",
            file.file.string(),
            file.owner,
            file.group,
            file.mode
        ));
        if (!file.warning.empty())
            tell("warning: " + file.warning + '\n');
    }

    Program& program_;
    const PartnerCenterSettings& settings_;
    const TokenHome& home_;
    Wish wish_;
    Yield yield_;
};

std::string text_of(const Yield& yield) {
    std::string text = "signed in";
    if (!yield.user.empty())
        text += " as " + yield.user;
    text += fmt::format(
        "\nrefresh token in {}, good until {} if it is not used; every use renews it\n",
        yield.file.file.string(),
        iso_time(yield.lasts_until)
    );
    return yield.trial.works ? text + yield.trial.found + '\n' : text;
}

std::string json_of(const Yield& yield, const Wish& wish) {
    const auto or_null = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional(text);
    };
    JsonWriter json;
    json.begin_object();
    json.key("signed_in_as").optional_text(or_null(yield.user));
    json.key("obtained_by")
        .text(wish.way == LoginWay::browser ? "authorization_code" : "device_code");
    json.key("client").text(yield.confidential ? "confidential" : "public");
    json.key("refresh_token_file").text(yield.file.file.string());
    json.key("owner").text(yield.file.owner);
    json.key("group").text(yield.file.group);
    json.key("mode").text(yield.file.mode);
    json.key("good_until").text(iso_time(yield.lasts_until));
    json.key("warning").optional_text(or_null(yield.file.warning));
    json.key("works").boolean(yield.trial.works);
    json.key("problem").optional_text(
        yield.trial.works ? std::nullopt : std::optional(yield.trial.found)
    );
    json.key("hint").optional_text(or_null(yield.trial.hint));
    json.end_object();
    return json.document();
}

/// Cancelled by a signal.
Error interrupted(const Yield& yield) {
    return {
        Recovery::retry_later,
        yield.stored ? "interrupted; the refresh token is stored, and was not tried"
                     : "interrupted; nothing was stored",
        yield.stored ? "run: pcmirror check" : ""};
}

void run_to_end(Program& program, Login& login) {
    try {
        program.run(login.run());
    } catch (...) {
        if (is_cancellation(std::current_exception()))
            throw interrupted(login.yield());
        throw;
    }
}

ExitCode run_login(const Invocation& invocation) {
    const Wish wish = wish_of(invocation);
    const Settings settings = settings_of(invocation);
    require_user_sign_in(settings);
    const TokenHome home(settings.partner_center.refresh_token_file);
    StopSignals signals(settings.shutdown_grace, ExitCode::partial);
    Program program(settings, "login", Program::Budget::own);
    Login login(program, home, wish);
    {
        const auto attached = signals.attach({.stop = [&program] { program.cancel(); }});
        run_to_end(program, login);
    }
    const Yield& yield = login.yield();
    print(invocation.json ? json_of(yield, wish) : text_of(yield));
    if (yield.trial.works)
        return ExitCode::success;
    tell("the refresh token is stored, but " + yield.trial.found + '\n');
    if (!yield.trial.hint.empty())
        tell("hint: " + yield.trial.hint + '\n');
    return ExitCode::api;
}

constexpr std::array options{
    Option{
        .name = "--device-code",
        .text = "for a machine that no browser can reach: enter a code elsewhere"},
    Option{
        .name = "--port",
        .value = "N",
        .text = "of the listener that the browser comes back to (default: a free one)"},
    Option{
        .name = "--redirect-uri",
        .value = "URL",
        .text = "where the browser finds that listener through a tunnel or reverse proxy, as it is "
                "registered (default: http://localhost:PORT)"},
    Option{
        .name = "--time-limit",
        .value = "DURATION",
        .text = "how long to wait for the person (default: 15m)"},
};

} // namespace

const Command login_command{
    .name = "login",
    .summary = "sign in as a user of the partner, and keep the refresh token",
    .options = options,
    .more = "Prints an address, waits until somebody has signed in there with MFA and consented, "
            "stores the refresh token in partner_center.refresh_token_file, and tries it with one "
            "call. Run it as the service's user (sudo -u pcmirror pcmirror login); run as root, it "
            "leaves the file to the owner of its directory. A running daemon "
            "goes on with the new token by itself. README, Signing in, says how the application "
            "has to be registered.",
    .example = "pcmirror login --device-code",
    .exit_codes = "0 signed in, and the API answers; 1 interrupted, or nobody signed in in time; 2 "
                  "usage or configuration error, or the file can't be written; 4 the sign-in "
                  "service can't be reached or refuses, or the API refuses the user (the token is "
                  "kept)",
    .json = true,
    .run = run_login,
};

} // namespace pcmirror
