#pragma once

#include "tests/places/places.hpp"
#include "tests/process/commands_installation.hpp"
#include "tests/support/machine.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <string>

namespace pcmirror::testing {

/// The units as installed on a machine of their own, with the program of this build, mirroring the
/// simulator over TLS and by name, as the service's user and with root's own client secret.
class ServiceOnAMachine {
  public:
    explicit ServiceOnAMachine(const nlohmann::json& settings = nlohmann::json::object())
        : installation({.simulator = {"--tls", "--customers", "5", "--subscriptions", "2"}}),
          machine(bound()) {
        // What this machine has installed is not what is tested.
        machine.shell("rm -rf /etc/systemd/system/pcmirror*");
        machine.shell("ln -sf /srv/build/pcmirror /usr/bin/pcmirror");
        machine.shell("cp /srv/units/*.service /srv/units/*.timer /lib/systemd/system/");
        // LeakSanitizer traces its own process, which the units forbid.
        machine.shell("echo ASAN_OPTIONS=detect_leaks=0 > /etc/default/pcmirror");
        machine.shell("systemd-sysusers /srv/units/sysusers.d/pcmirror.conf");
        machine.shell("systemd-tmpfiles --create /srv/units/tmpfiles.d/pcmirror.conf");
        machine.shell(
            "install -d -g pcmirror -m 750 /etc/pcmirror && cd /srv/site && "
            "install -m 600 client_secret /etc/pcmirror/ && "
            "install -o pcmirror -m 600 refresh_token /var/lib/pcmirror/ && "
            "install -m 644 /srv/certificates/" +
            authority().filename().string() + " /etc/pcmirror/authority.pem"
        );
        configure(settings);
        machine.shell("systemctl daemon-reload");
    }

    /// Writes the configuration anew where the service reads it.
    void configure(const nlohmann::json& settings) {
        nlohmann::json all = {
            {"partner_center",
             {{"api_url", by_name(installation.simulator.api_url())},
              {"tls_ca_file", "authority.pem"},
              {"refresh_token_file", "/var/lib/pcmirror/refresh_token"}}},
            {"database",
             {{"url",
               "host=/srv/postgresql user=postgres dbname=" + installation.database.name()}}},
            {"state_directory", "/var/lib/pcmirror"}};
        all.merge_patch(settings);
        installation.configure(all);
        machine.shell("install -g pcmirror -m 640 /srv/site/pcmirror.yaml /etc/pcmirror/");
    }

    /// One property of a unit, such as `MainPID`.
    [[nodiscard]] std::string property(const std::string& unit, const std::string& name) const {
        std::string value = machine.shell("systemctl show --value --property " + name + " " + unit);
        value.pop_back();
        return value;
    }

    /// What the units logged.
    [[nodiscard]] std::string journal() const {
        return machine.shell("journalctl --no-pager --boot -u pcmirror -u pcmirror-sync");
    }

    Installation installation;
    Machine machine;

  private:
    static std::string by_name(std::string url) {
        const std::string address = "127.0.0.1";
        const std::size_t at = url.find(address);
        return at == std::string::npos ? url : url.replace(at, address.size(), "localhost");
    }

    [[nodiscard]] std::filesystem::path authority() const {
        return installation.simulator.fact("ca_file");
    }

    [[nodiscard]] std::vector<std::string> bound() const {
        const std::string& url = test_cluster_url();
        const std::string host = "host=";
        return {
            std::filesystem::path(places::program).parent_path().string() + ":/srv/build",
            places::source("systemd") + ":/srv/units",
            installation.directory.path().string() + ":/srv/site",
            authority().parent_path().string() + ":/srv/certificates",
            url.substr(url.find(host) + host.size()) + ":/srv/postgresql"};
    }
};

} // namespace pcmirror::testing
