#pragma once

#include "sync/http/token.hpp"
#include "tests/unit/fake_transport.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace pcmirror::fakes {

/// A directory that goes with the test.
class Folder {
  public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "pcmirror.XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }

    ~Folder() {
        std::error_code ignored;
        std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
        std::filesystem::remove_all(path_, ignored);
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::filesystem::path path(std::string_view name) const { return path_ / name; }

    void write(std::string_view name, std::string_view content) const {
        std::ofstream(path(name)) << content;
    }

    [[nodiscard]] std::string read(std::string_view name) const {
        std::ifstream file(path(name));
        return {std::istreambuf_iterator<char>(file), {}};
    }

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) {
            found.push_back(entry.path().filename().string());
        }
        std::sort(found.begin(), found.end());
        return found;
    }

  private:
    std::filesystem::path path_;
};

/// The token source between fakes: an app+user configuration with secret and refresh token files.
struct TokenBench {
    TokenBench() {
        settings.login_url = "https://login.example";
        settings.tenant_id = "contoso.example";
        settings.client_id = "the-client";
        settings.client_secret_file = folder.path("client_secret");
        settings.refresh_token_file = folder.path("refresh_token");
        folder.write("client_secret", "the-secret\n");
        folder.write("refresh_token", " refresh-1 \n");
    }

    TokenSource& source() {
        if (!made) {
            made = make_token_source(settings, transport, clock);
        }
        return *made;
    }

    std::string token(SignIn kind = SignIn::user) {
        return finish(loop, clock, source().token(kind));
    }

    /// So many calls for one token, at once; returns what became of them.
    std::vector<std::shared_ptr<Outcome<std::string>>> tokens(std::size_t calls) {
        std::vector<std::shared_ptr<Outcome<std::string>>> outcomes(calls);
        for (auto& outcome : outcomes) {
            outcome = start(loop, source().token(SignIn::user));
        }
        clock.run(loop);
        return outcomes;
    }

    /// A call for a token that is given up 100 ms after it began.
    void give_up_a_call() {
        asio::cancellation_signal cancel;
        start(loop, source().token(SignIn::user), cancel.slot());
        clock.run(loop, clock.now() + std::chrono::milliseconds(100));
        cancel.emit(asio::cancellation_type::terminal);
        clock.run(loop, clock.now() + std::chrono::milliseconds(100));
    }

    Error failure(SignIn kind = SignIn::user) {
        try {
            token(kind);
        } catch (const Error& error) {
            return error;
        }
        throw std::logic_error("there was a token");
    }

    /// A field of the form that was sent.
    [[nodiscard]] std::string sent_field(std::size_t at, std::string_view name) const {
        const std::string body = '&' + transport.sent.at(at).request.body + '&';
        const std::size_t found = body.find('&' + std::string(name) + '=');
        if (found == std::string::npos) {
            return "(none)";
        }
        const std::size_t begin = found + name.size() + 2;
        return body.substr(begin, body.find('&', begin) - begin);
    }

    Folder folder;
    FakeClock clock;
    asio::io_context loop;
    PartnerCenterSettings settings;
    FakeTransport transport{clock};
    std::unique_ptr<TokenSource> made;
};

inline Scripted
grants(const std::string& token, const std::string& more = R"(,"expires_in":"3600")") {
    return answers(200, R"({"token_type":"Bearer","access_token":")" + token + '"' + more + '}');
}

inline Scripted refuses(const std::string& error, int number, int status = 400) {
    const std::string code = std::to_string(number);
    return answers(
        status,
        R"({"error":")" + error + R"(","error_description":"AADSTS)" + code +
            R"(: with the-secret and refresh-1","error_codes":[)" + code + "]}"
    );
}

} // namespace pcmirror::fakes
