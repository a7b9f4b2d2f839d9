#pragma once

#include "schema/error.hpp"
#include "schema/resource.hpp"

#include <chrono>
#include <map>
#include <optional>

namespace pcmirror {

/// What a person has to mend before jobs of a sign-in can go on. For a minute after it was met
/// nothing more is asked of the API for them, however many wait; those of another sign-in go on.
class SignInTroubles {
  public:
    /// Throws the trouble that was met within the last minute, if any.
    void require(SignIn sign_in) const;

    /// It was met; it is logged once, until it is over.
    void met(SignIn sign_in, const Error& trouble);

    /// A call was answered.
    void over(SignIn sign_in);

    /// How long `require` goes on to throw.
    [[nodiscard]] std::chrono::milliseconds left(SignIn sign_in) const;

    /// One that is not over.
    [[nodiscard]] std::optional<Error> any() const;

  private:
    struct Trouble {
        Error error;
        std::chrono::steady_clock::time_point until;
    };

    std::map<SignIn, Trouble> troubles_;
};

} // namespace pcmirror
