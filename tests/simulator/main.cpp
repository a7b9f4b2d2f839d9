#include "tests/simulator/options.hpp"
#include "tests/simulator/server.hpp"
#include "tests/simulator/service.hpp"

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unistd.h>

namespace pcmirror::simulator {
namespace {

namespace fs = std::filesystem;

/// A directory for certificates that goes away with the process.
class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string name = (fs::temp_directory_path() / "pcmirror-simulator-XXXXXX").string();
        if (!::mkdtemp(name.data()))
            throw std::runtime_error("no temporary directory can be made");
        path_ = name;
    }

    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    ~TemporaryDirectory() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

Registration registration(const Options& options) {
    Registration result(options.world.seed);
    result.certificate_file = options.client_certificate;
    if (!options.resource.empty())
        result.resource = options.resource;
    return result;
}

void set_up(State& state, const Options& options) {
    for (const std::string& pair : options.switches) {
        const std::size_t equals = pair.find('=');
        const std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
        if (const auto wrong = state.switches.set("", pair.substr(0, equals), value))
            throw std::invalid_argument("--switch " + *wrong);
    }
    for (const std::string& rule : options.faults)
        if (const auto wrong = state.faults.add(nlohmann::json::parse(rule)))
            throw std::invalid_argument("--fault " + *wrong);
}

std::string url_of(std::string_view scheme, const std::string& address, std::uint16_t port) {
    const bool v6 = address.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}", scheme, v6 ? "[" : "", address, v6 ? "]" : "", port);
}

void announce(
    const Options& options,
    const State& state,
    const std::optional<CertificateFiles>& certificates,
    std::uint16_t port,
    std::uint16_t control_port
) {
    const std::string url = url_of(options.tls ? "https" : "http", options.address, port);
    const Registration& known = state.tokens.registration();
    std::cout << nlohmann::json{
                     {"api_url", url},
                     {"login_url", url},
                     {"control_url", url_of("http", "127.0.0.1", control_port)},
                     {"ca_file", certificates ? fs::absolute(certificates->authority).string() : ""},
                     {"tenant_id", known.tenant_id},
                     {"tenant_domain", known.tenant_domain},
                     {"client_id", known.client_id},
                     {"client_secret", known.client_secret},
                     {"refresh_token", state.tokens.first_refresh_token()},
                     {"resource", known.resource},
                     {"pid", ::getpid()},
                 }
              << std::endl;
}

void run(const Options& options) {
    State state(options.world, registration(options), options.room_for_answers);
    set_up(state, options);
    Service service(state);
    Control control(state);

    std::optional<TemporaryDirectory> temporary;
    std::optional<CertificateFiles> certificates;
    if (options.tls) {
        if (options.certificate_directory.empty())
            temporary.emplace();
        certificates = prepare_certificates(
            temporary ? temporary->path() : fs::path(options.certificate_directory),
            options.certificate
        );
    }
    Server server;
    const auto port =
        server.listen({options.address, options.port, certificates, [&](const Request& request) {
                           return service.answer(request);
                       }});
    const auto control_port =
        server.listen({"127.0.0.1", options.control_port, {}, [&](const Request& request) {
                           return control.answer(request);
                       }});

    announce(options, state, certificates, port, control_port);
    server.run(options.threads, options.until_stdin_closes);
}

} // namespace

/// The program; its exit code.
int serve(int count, char** arguments) {
    try {
        Options options;
        if (const auto done = read_options(count, arguments, options))
            return *done;
        run(options);
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << "pcmirror-simulator: " << error.what() << '\n';
        return 2;
    }
}

} // namespace pcmirror::simulator

int main(int count, char** arguments) {
    return pcmirror::simulator::serve(count, arguments);
}
