#pragma once

#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace pcmirror::testing {

/// A real Chromium without a screen, with one page, told what to do over its DevTools protocol.
/// Blocks. Throws where the browser says no, or nothing for a minute.
class Chromium {
  public:
    /// Whether there is one on this machine.
    static bool is_installed();

    Chromium();
    ~Chromium();
    Chromium(const Chromium&) = delete;
    Chromium& operator=(const Chromium&) = delete;

    /// As https://chromedevtools.github.io/devtools-protocol/ has it; returns `result`.
    nlohmann::json
    call(const std::string& method, nlohmann::json parameters = nlohmann::json::object());

    /// Returns once the page is there.
    void open(const std::string& url);

    /// The value of a JavaScript expression in the page.
    nlohmann::json value(const std::string& expression);

    /// Evaluates until it is true.
    void await(const std::string& expression);

    /// Of the page, in CSS pixels.
    void resize(int width, int height);

    /// `light` or `dark`.
    void prefer(const std::string& colour_scheme);

    /// What the page wrote to the console, and its errors, since it was opened.
    [[nodiscard]] const std::vector<std::string>& complaints() const;

    /// A PNG of what is seen, for a person to look at.
    void shoot(const std::filesystem::path& file);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace pcmirror::testing
