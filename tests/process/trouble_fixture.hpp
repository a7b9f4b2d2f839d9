#pragma once

#include "tests/process/commands_installation.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace pcmirror::testing {

/// A port of this machine at which nobody answers for as long as this object lives: bound, but
/// never listened at.
class DeafPort {
  public:
    DeafPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        // The form that the calls want.
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (socket_ < 0 || bind(socket_, generic, size) != 0 ||
            getsockname(socket_, generic, &size) != 0)
            throw std::runtime_error("no free port");
        port_ = ntohs(address.sin_port);
    }

    ~DeafPort() { close(socket_); }

    DeafPort(const DeafPort&) = delete;
    DeafPort& operator=(const DeafPort&) = delete;

    [[nodiscard]] std::string place() const { return "127.0.0.1:" + std::to_string(port_); }

  private:
    int socket_ = -1;
    int port_ = 0;
};

inline constexpr const char* database_password = "correct-horse";

/// No secret of the installation shows, and nothing that only a programmer understands.
inline void expect_readable(const Installation& installation, const Outcome& outcome) {
    using ::testing::HasSubstr;
    using ::testing::Not;
    const std::string text = outcome.out + outcome.err;
    for (const std::string& secret :
         {installation.simulator.fact("client_secret"),
          installation.simulator.fact("refresh_token"),
          read_file(installation.directory / "refresh_token"),
          read_file(installation.directory / "client_secret"),
          std::string(database_password)})
        EXPECT_THAT(text, Not(HasSubstr(secret)));
    for (const char* noise :
         {"internal error", "terminate called", "Sanitizer", "Exception", "pqxx"})
        EXPECT_THAT(text, Not(HasSubstr(noise)));
}

/// The program ended with that code, after one line that says what is wrong and one that says
/// what to do.
inline void expect_trouble(
    const Installation& installation,
    const Outcome& outcome,
    int exit_code,
    const std::string& wrong,
    const std::string& to_do
) {
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
    const std::size_t said = outcome.err.find(wrong);
    const std::size_t hint = outcome.err.rfind("\nhint: ");
    EXPECT_NE(said, std::string::npos) << wrong << "\nis not in\n" << outcome.err;
    ASSERT_NE(hint, std::string::npos) << outcome.err;
    EXPECT_THAT(outcome.err.substr(hint), ::testing::HasSubstr(to_do));
    EXPECT_EQ(std::ranges::count(outcome.err.substr(hint + 1), '\n'), 1) << outcome.err;
    expect_readable(installation, outcome);
}

} // namespace pcmirror::testing
