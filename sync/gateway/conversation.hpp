#pragma once

#include "sync/gateway/partner_center.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace pcmirror {

/// One call from its first attempt to its final answer: makes the requests, reads the answers,
/// counts, and decides what comes next. Sends nothing and waits for nothing.
class Conversation {
  public:
    /// `answers_so_far` counts what the API ever answered to anybody. Throws `Error` (skip_scope)
    /// for a URL that is not the API's own or a header that is none: a link may have brought it
    /// here.
    Conversation(
        const PartnerCenterSettings& settings, Call call, SignIn kind, std::uint64_t answers_so_far
    );

    /// The same for a call that changes something.
    Conversation(
        const PartnerCenterSettings& settings,
        WriteCall call,
        SignIn kind,
        std::uint64_t answers_so_far
    );

    [[nodiscard]] const Call& call() const { return call_; }

    [[nodiscard]] SignIn kind() const { return kind_; }

    /// How many were made.
    [[nodiscard]] int attempt() const { return attempt_; }

    [[nodiscard]] const std::string& request_id() const { return request_id_; }

    [[nodiscard]] const std::string& correlation_id() const { return correlation_id_; }

    /// Whether it reads what is the partner's own.
    [[nodiscard]] bool reads_partner() const { return method_ == "GET" && !call_.customer_id; }

    /// Without the query, which may name people.
    [[nodiscard]] const std::string& path() const { return path_; }

    /// The request of each attempt.
    [[nodiscard]] HttpRequest request(const std::string& token, bool ask_about_mfa) const;

    /// One was made.
    void count_attempt() { ++attempt_; }

    [[nodiscard]] Answer read(HttpResponse response) const;

    /// How long to pause before the next attempt; nothing when the answer is final. Throws the
    /// `Error` that ends the call.
    std::optional<std::chrono::milliseconds> pause_after(
        const Answer& answer, std::optional<std::chrono::seconds> retry_after, double random
    );

    /// The same after an attempt that got no answer.
    std::chrono::milliseconds
    pause_after(const TransportError& trouble, std::uint64_t answers_so_far, double random);

    /// Whether the call may be made again with a fresh token, after an answer that refused it.
    /// Throws the `Error` that ends the call where a person must act.
    bool may_sign_in_again(const Answer& answer);

    /// Whether it was.
    [[nodiscard]] bool has_signed_in_again() const { return signed_in_again_; }

    /// The tokens that this call was refused are good for others.
    [[noreturn]] void fail_alone(const Answer& answer) const;

  private:
    std::chrono::milliseconds sign_in_again(const Answer& answer);
    [[noreturn]] void fail_for_mfa(const Answer& answer) const;
    [[noreturn]] void fail_for_refused_token(const Answer& answer) const;
    [[noreturn]] void fail_for_now(const std::string& last, std::chrono::seconds asked = {}) const;

    [[nodiscard]] bool exhausted() const {
        return failures_ >= (call_.patient ? settings_.max_attempts : 1);
    }

    const PartnerCenterSettings& settings_;
    Call call_;
    SignIn kind_;
    std::uint64_t answers_before_;
    std::string method_ = "GET";
    std::string body_;
    Masking mask_;
    std::string request_id_;
    std::string correlation_id_;
    std::string path_;
    int attempt_ = 0;
    int failures_ = 0; ///< attempts that count against max_attempts
    int unconnected_ = 0;
    bool signed_in_again_ = false;
};

} // namespace pcmirror
