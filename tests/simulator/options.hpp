#pragma once

#include "tests/simulator/certificates.hpp"
#include "tests/simulator/world.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pcmirror::simulator {

struct Options {
    WorldOptions world = {};
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::uint16_t control_port = 0;
    bool tls = false;
    std::string certificate_directory = {};
    CertificateKind certificate = CertificateKind::good;
    std::string client_certificate = {};
    std::string resource = {};
    std::vector<std::string> switches = {}; ///< name=value
    std::vector<std::string> faults = {};   ///< JSON
    std::size_t room_for_answers = 512 << 20;
    unsigned threads = 2;
    bool until_stdin_closes = false;
};

/// Reads the command line. Where there is nothing left to do (--help, a wrong option) the exit code
/// is returned instead, and what there was to say is on stdout or stderr.
std::optional<int> read_options(int count, char** arguments, Options& options);

} // namespace pcmirror::simulator
