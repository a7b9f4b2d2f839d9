#pragma once

#include "daemon/login/authorization.hpp"
#include "daemon/login/login_options.hpp"
#include "daemon/login/redemption.hpp"
#include "daemon/web/local_server.hpp"
#include "sync/poll/tasks.hpp"

#include <memory>
#include <optional>
#include <string>

namespace pcmirror {

/// A sign-in by authorization code: the browser comes back to a listener on this machine.
class BrowserSignIn {
  public:
    /// Listens at once. The parts must outlive it. Throws `Error` (fix_config) where it can't
    /// listen, or the redirect URI is none.
    BrowserSignIn(
        const asio::any_io_executor& executor,
        const PartnerCenterSettings& settings,
        HttpTransport& http,
        Clock& clock,
        const LoginOptions& options
    );

    [[nodiscard]] const std::string& redirect_uri() const { return authorization_.redirect_uri; }

    [[nodiscard]] std::uint16_t port() const { return server_.port(); }

    /// What the person is to open.
    [[nodiscard]] std::string url() const { return authorization_.url(settings_); }

    /// Waits for the browser, redeems the code, has the tokens kept, and tells the browser how it
    /// ended. Throws `Error`: fix_api where the service refuses, retry_later where nobody came in
    /// time, and what `keep` throws. Once.
    asio::awaitable<void> run(KeepTokens keep);

  private:
    asio::awaitable<WebAnswer> answer(WebRequest request);
    asio::awaitable<void> sign_in(const KeepTokens& keep);
    asio::awaitable<Form> grant();
    void end(const std::exception_ptr& failure);

    const PartnerCenterSettings& settings_;
    Clock& clock_;
    Milliseconds time_limit_;
    Redemption redemption_;
    LocalServer server_;
    Authorization authorization_;
    std::unique_ptr<Alarm> came_;
    std::optional<Back> back_; ///< what was brought back first counts
    Signal ended_;
    std::optional<WebAnswer> end_page_;
};

} // namespace pcmirror
