#include "tests/process/commands_login.hpp"
#include "tests/process/progress_terminal.hpp"
#include "tests/support/raw_client.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace pcmirror::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST(LoginByBrowser, StoresARefreshTokenThatWorks) {
    const NotSignedIn place;
    WaitingLogin login(place, {});
    const HttpResponse page = place.browser.visit(login.url());
    const Outcome outcome = login.process.wait();

    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, StartsWith("signed in as admin@partner.example\n"));
    EXPECT_THAT(outcome.out, HasSubstr(place.simulator.api_url() + " answers"));
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, AllOf(HasSubstr("You are signed in"), HasSubstr("refresh_token")));
    EXPECT_THAT(header(page.headers, "content-security-policy"), HasSubstr("default-src 'none'"));

    const auto file = place.directory / "refresh_token";
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0600});
    EXPECT_THAT(outcome.err, HasSubstr("is stored in " + file.string()));
    // The second one is renewed from the first, as the daemon does it.
    EXPECT_THAT(place.calls(), ElementsAre("authorize", "token", "token", "list_customers"));
    for (const std::string& secret :
         {read_file(file), place.simulator.fact("client_secret"), std::string("code-1")})
        EXPECT_THAT(outcome.err + outcome.out + page.body, Not(HasSubstr(secret)));
}

TEST(LoginByBrowser, SendsTheBrowserWithAProofKeyAndItsOwnState) {
    const NotSignedIn place;
    WaitingLogin first(place, {});
    const WaitingLogin second(place, {});
    EXPECT_THAT(first.url(), StartsWith(place.simulator.login_url() + '/'));
    EXPECT_THAT(first.url(), HasSubstr("&code_challenge_method=S256"));
    EXPECT_NE(first.parameter("state"), second.parameter("state"));
    EXPECT_NE(first.parameter("code_challenge"), second.parameter("code_challenge"));
    EXPECT_THAT(first.parameter("redirect_uri"), StartsWith("http://localhost:"));
    EXPECT_THAT(
        first.process.err(), HasSubstr("add http://localhost as a redirect URI (Entra admin center")
    );
}

TEST(LoginByBrowser, PrintsOneDocumentWithoutTheToken) {
    const NotSignedIn place;
    WaitingLogin login(place, {"--json"});
    EXPECT_EQ(place.browser.visit(login.url()).status, 200);
    const Outcome outcome = login.process.wait();
    const auto document = nlohmann::json::parse(outcome.out);
    EXPECT_EQ(document["signed_in_as"], "admin@partner.example");
    EXPECT_EQ(document["obtained_by"], "authorization_code");
    EXPECT_EQ(document["client"], "confidential");
    EXPECT_EQ(document["refresh_token_file"], (place.directory / "refresh_token").string());
    EXPECT_EQ(document["mode"], "0600");
    EXPECT_EQ(document["works"], true);
    EXPECT_TRUE(document["problem"].is_null());
    EXPECT_THAT(outcome.out, Not(HasSubstr(read_file(place.directory / "refresh_token"))));
}

TEST(LoginByBrowser, ProvesTheClientAsItsRegistrationWantsIt) {
    for (const Registration& one : registrations) {
        SCOPED_TRACE(one.kind + one.configured.dump());
        const NotSignedIn place(one.configured);
        place.tokens({{"client_kind", one.kind}});
        WaitingLogin login(place, {"--json"});
        EXPECT_EQ(place.browser.visit(login.url()).status, 200);
        const Outcome outcome = login.process.wait();
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
        EXPECT_EQ(nlohmann::json::parse(outcome.out)["client"], one.client);
    }
}

TEST(LoginByBrowser, SaysThatTheClientHasToProveItself) {
    const NotSignedIn place(nlohmann::json{{"client_secret_file", nullptr}});
    WaitingLogin login(place, {});
    EXPECT_THAT(place.browser.visit(login.url()).body, HasSubstr("AADSTS7000218"));
    const Outcome outcome = login.process.wait();
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_THAT(outcome.err, HasSubstr("neither secret nor certificate was sent"));
    EXPECT_FALSE(place.has_token());
}

TEST(LoginByBrowser, ProvesTheClientByCertificate) {
    NotSignedIn place;
    const auto pem = place.directory / "client.pem";
    const Outcome made = run(
        {"openssl",
         "req",
         "-x509",
         "-newkey",
         "rsa:2048",
         "-nodes",
         "-subj",
         "/CN=pcmirror",
         "-keyout",
         pem.string(),
         "-out",
         (place.directory / "only.pem").string()}
    );
    ASSERT_EQ(made.exit_code, 0) << made.err;
    write_file(pem, read_file(place.directory / "only.pem") + read_file(pem));
    place.configure({{"client_secret_file", nullptr}, {"client_certificate_file", pem.string()}});
    WaitingLogin login(place, {"--json"});
    EXPECT_EQ(place.browser.visit(login.url()).status, 200);
    const Outcome outcome = login.process.wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(nlohmann::json::parse(outcome.out)["client"], "confidential");
}

TEST(LoginByBrowser, PutsRefusalsIntoWordsAndStoresNothing) {
    const std::map<int, const char*> words = {
        {65004, "the user did not consent to application"},
        {90094, "needs an administrator"},
        {53003, "Conditional Access blocks the sign-in"},
        {50076, "lacks the MFA"}};
    const NotSignedIn place;
    for (const auto& [number, expected] : words) {
        place.tokens({{"consent_refusal", number}});
        WaitingLogin login(place, {});
        const HttpResponse page = place.browser.visit(login.url());
        const Outcome outcome = login.process.wait();
        EXPECT_EQ(outcome.exit_code, 4);
        EXPECT_THAT(outcome.err, AllOf(HasSubstr(expected), HasSubstr("hint: ")));
        EXPECT_THAT(outcome.err, HasSubstr("AADSTS" + std::to_string(number)));
        EXPECT_THAT(page.body, AllOf(HasSubstr("The sign-in failed"), HasSubstr(expected)));
        EXPECT_THAT(outcome.out, IsEmpty());
        EXPECT_FALSE(place.has_token());
    }
    EXPECT_THAT(place.calls(), Not(::testing::Contains("token")));
}

TEST(LoginByBrowser, EscapesWhatTheServiceSays) {
    const NotSignedIn place;
    WaitingLogin login(place, {});
    const HttpResponse page = place.browser.visit(
        login.parameter("redirect_uri") + "/?error=%3Cscript%3E&error_description=" +
        "%3Cscript%3Ealert(1)%3C/script%3E%0Aand%20more&state=" + login.parameter("state")
    );
    EXPECT_THAT(page.body, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
    EXPECT_THAT(page.body, Not(HasSubstr("<script")));
    EXPECT_EQ(login.process.wait().exit_code, 4);
}

TEST(LoginByBrowser, GoesOnWaitingAfterAnAnswerOfAnotherSignIn) {
    const NotSignedIn place;
    WaitingLogin login(place, {});
    const std::string listener = login.parameter("redirect_uri");
    EXPECT_EQ(place.browser.visit(listener + "/?code=stolen&state=wrong").status, 400);
    EXPECT_EQ(place.browser.visit(listener + "/?code=stolen").status, 400);
    EXPECT_EQ(place.browser.visit(listener + "/favicon.ico").status, 404);
    EXPECT_EQ(place.browser.visit(login.url()).status, 200);
    EXPECT_EQ(login.process.wait().exit_code, 0);
}

TEST(LoginByBrowser, AnswersToNoForeignName) {
    const NotSignedIn place;
    WaitingLogin login(place, {});
    const std::string back =
        login.parameter("redirect_uri") + "/?code=code-1&state=" + login.parameter("state");
    const Outcome outcome = run({"curl", "-s", "-i", "-H", "Host: evil.example", back});
    EXPECT_THAT(outcome.out, StartsWith("HTTP/1.1 421 "));
    EXPECT_EQ(place.browser.visit(login.url()).status, 200);
    EXPECT_EQ(login.process.wait().exit_code, 0);
}

TEST(LoginByBrowser, RedeemsACodeOnceThatIsBroughtTwice) {
    const NotSignedIn place;
    WaitingLogin login(place, {});
    const HttpResponse redirect = place.browser.look(login.url());
    const std::string back(header(redirect.headers, "location"));
    const std::string request =
        "GET /" + back.substr(back.find('?')) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    // Until both have come no token is to be had.
    place.fault({{"fault", "token_status"}, {"status", 503}});
    RawClient first(login.port());
    RawClient second(login.port());
    first.send(request);
    second.send(request);
    place.simulator.control("DELETE", "/faults");
    EXPECT_THAT(first.read_all(), HasSubstr("You are signed in"));
    EXPECT_THAT(second.read_all(), HasSubstr("You are signed in"));
    EXPECT_EQ(login.process.wait().exit_code, 0);
}

TEST(LoginByBrowser, TakesAnAnswerThatComesAsAForm) {
    const NotSignedIn place;
    place.tokens({{"form_post", true}});
    WaitingLogin login(place, {});
    EXPECT_THAT(place.browser.visit(login.url()).body, HasSubstr("You are signed in"));
    EXPECT_EQ(login.process.wait().exit_code, 0);
}

TEST(LoginByBrowser, IsFoundBehindAnotherAddress) {
    const NotSignedIn place;
    const std::string outside = "https://sign-in.example/pcmirror";
    place.tokens({{"redirect_uris", {outside}}});
    WaitingLogin login(place, {"--redirect-uri", outside});
    EXPECT_EQ(login.parameter("redirect_uri"), outside);
    EXPECT_THAT(login.process.err(), HasSubstr("add " + outside + " as a redirect URI"));
    const std::string back(header(place.browser.look(login.url()).headers, "location"));
    ASSERT_THAT(back, StartsWith(outside));
    // What a reverse proxy does.
    const Outcome page = run(
        {"curl",
         "-s",
         "-H",
         "Host: sign-in.example",
         "http://127.0.0.1:" + std::to_string(login.port()) +
             back.substr(outside.size() - std::string("/pcmirror").size())}
    );
    EXPECT_THAT(page.out, HasSubstr("You are signed in"));
    EXPECT_EQ(login.process.wait().exit_code, 0);
}

/// The login as a user who may run a browser: not as root.
std::vector<std::string> words_of_somebody(NotSignedIn& place) {
    if (::geteuid() != 0)
        return place.words({});
    write_file(place.directory / "ca.pem", read_file(place.simulator.fact("ca_file")));
    place.configure({{"tls_ca_file", "ca.pem"}});
    const auto give = [](const std::filesystem::path& path) {
        if (::chown(path.c_str(), 65534, 65534) != 0)
            throw std::runtime_error("can't give away " + path.string());
    };
    give(place.directory.path());
    for (const auto& entry : std::filesystem::directory_iterator(place.directory.path()))
        give(entry.path());
    std::vector<std::string> words = place.words({});
    words.insert(words.begin(), {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    return words;
}

TEST(LoginByBrowser, IsOpenedWhereSomebodySitsBeforeADisplay) {
    NotSignedIn place;
    const auto opener = place.directory / "xdg-open";
    const auto opened = place.directory / "opened";
    ASSERT_EQ(::mkfifo(opened.c_str(), 0666), 0);
    write_file(opener, "#!/bin/sh\necho noise >&2\necho \"$1\" > " + opened.string() + "\n");
    std::filesystem::permissions(opener, std::filesystem::perms{0755});
    const std::vector<std::string> words = words_of_somebody(place);
    const std::string path = place.directory.path().string() + ":" + std::getenv("PATH");

    Terminal terminal(1000);
    Process login(on(terminal, "2>", words), {.environment = {{"PATH", path}, {"DISPLAY", ":0"}}});
    std::string url;
    std::ifstream from_opener(opened);
    std::getline(from_opener, url);

    EXPECT_THAT(place.browser.visit(url).body, HasSubstr("You are signed in"));
    EXPECT_EQ(login.wait().exit_code, 0);
    EXPECT_THAT(terminal.text(), AllOf(HasSubstr(url), Not(HasSubstr("noise"))));
}

TEST(LoginByBrowser, EndsCleanlyOnCtrlC) {
    const NotSignedIn place;
    place.tokens({{"redirect_uris", {"https://elsewhere.example"}}});
    WaitingLogin login(place, {});
    // The service leaves whoever comes with an unregistered redirect URI on its own page.
    EXPECT_THAT(place.browser.visit(login.url()).body, HasSubstr("AADSTS50011"));
    login.process.signal(SIGINT);
    const Outcome outcome = login.process.wait();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("interrupted; nothing was stored"));
    EXPECT_FALSE(place.has_token());
}

TEST(LoginByBrowser, EndsWhenNobodyComesInTime) {
    const NotSignedIn place;
    const Outcome outcome = place.call({"--time-limit", "10ms"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("nobody signed in within 10ms; nothing was stored"));
    EXPECT_FALSE(place.has_token());
}

TEST(LoginByBrowser, SaysThatItsPortIsTaken) {
    const NotSignedIn place;
    WaitingLogin login(place, {});
    const std::string port = std::to_string(login.port());
    const Outcome outcome = place.call({"--port", port});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("can't listen on localhost:" + port));
    EXPECT_EQ(place.browser.visit(login.url()).status, 200);
}

TEST(LoginByBrowser, RefusesAWrongCommandLine) {
    const NotSignedIn place;
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"--port", "0"},
          {"--port", "http"},
          {"--device-code", "--port", "8400"},
          {"--redirect-uri", "sign-in.example"},
          {"--time-limit", "soon"}})
        EXPECT_EQ(place.call(arguments).exit_code, 2) << arguments.front();
    EXPECT_THAT(place.calls(), IsEmpty());
}

TEST(LoginByBrowser, IsNotNeededAppOnly) {
    const NotSignedIn place(nlohmann::json{{"auth", "app_only"}});
    const Outcome outcome = place.call({});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("no login is needed"));
    EXPECT_THAT(place.calls(), IsEmpty());
}

} // namespace
} // namespace pcmirror::testing
