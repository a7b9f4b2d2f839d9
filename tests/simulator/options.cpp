#include "tests/simulator/options.hpp"

#include "tests/simulator/change.hpp"
#include "tests/simulator/damage.hpp"
#include "tests/simulator/endpoint.hpp"
#include "tests/simulator/faults.hpp"
#include "tests/simulator/service.hpp"
#include "tests/simulator/switches.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <iostream>
#include <map>

namespace pcmirror::simulator {

namespace {

std::string footer() {
    return fmt::format(
        R"(
When it listens it prints one line of JSON: api_url, login_url, control_url, ca_file, tenant_id,
tenant_domain, client_id, client_secret, refresh_token, resource, pid. The same seed gives the same
world, credentials and faults. It ends on SIGTERM and SIGINT.

Control endpoint (plain HTTP, JSON; a mistake is answered 400 {{"error": ...}}):
{}
Changes, for POST /change; several members in one object are done one after the other:
  {{"seed": S, "count": N, "only": [...]}}  random ones: {}
{}  Where members are set, null sets to nothing. A SKU is named by its id or part number.

Faults, for POST /faults and --fault: {{"fault": NAME, ...}}. Members that every rule may have:
  path         extended regular expression, searched in path?query (without one: any call of the API)
  customer     id; only calls about this customer
  operation    one of those below, or writes: only these calls
  probability  0 to 1, drawn from the seed
  after, times spare so many matching requests first; then fire so many times (0: for ever)
The first rule that fires decides. retry_after is "2" (seconds) or "date:2" (an HTTP-date).
{}
  Kinds of bad_records:
{}
Operations of the API:
{}
Switches, for POST /switches and --switch, with their first values:
{})",
        describe_control(),
        describe_changes(),
        describe_operations(),
        describe_faults(),
        describe_damage(),
        describe_endpoints(),
        describe_switches()
    );
}

void declare_listeners(CLI::App& app, Options& options) {
    static const std::map<std::string, CertificateKind> kinds = {
        {"expired", CertificateKind::expired},
        {"wrong-host", CertificateKind::wrong_host},
        {"self-signed", CertificateKind::self_signed},
    };
    app.add_option("--port", options.port, "of the API and the sign-in service; 0: a free one");
    app.add_option(
        "--control-port", options.control_port, "of the control endpoint; 0: a free one"
    );
    app.add_option("--address", options.address, "of the API; control is always 127.0.0.1")
        ->capture_default_str();
    app.add_flag(
        "--tls",
        options.tls,
        "serve the API over HTTPS, with a certificate for 127.0.0.1, ::1, localhost"
    );
    app.add_option(
        "--cert-dir",
        options.certificate_directory,
        "where authority and certificate are kept (default: a temporary directory)"
    );
    app.add_option("--bad-certificate", options.certificate, "expired, wrong-host or self-signed")
        ->transform(CLI::CheckedTransformer(kinds));
    app.add_option(
           "--client-certificate",
           options.client_certificate,
           "PEM; client assertions must be signed with its key"
    )
        ->check(CLI::ExistingFile);
    app.add_option(
        "--resource",
        options.resource,
        "audience of good tokens (default https://api.partnercenter.microsoft.com)"
    );
}

void declare_world(CLI::App& app, Options& options) {
    app.add_option("--seed", options.world.seed, "of the world, the credentials and the faults")
        ->capture_default_str();
    app.add_option("--customers", options.world.customers, "how many")->capture_default_str();
    app.add_option(
           "--subscriptions", options.world.subscriptions, "mean per customer (0 to twice as many)"
    )
        ->capture_default_str();
    app.add_option(
        "--big-customer", options.world.big_customer, "subscriptions of the first customer"
    );
    app.add_option("--users", options.world.users, "mean per customer (0 to twice as many)")
        ->capture_default_str();
    app.add_option("--big-users", options.world.big_users, "users of the first customer");
}

void declare_behaviour(CLI::App& app, Options& options) {
    for (const std::string name : {"page-size", "requests-per-minute", "latency"}) {
        std::string switch_name = name;
        std::replace(switch_name.begin(), switch_name.end(), '-', '_');
        app.add_option_function<std::string>(
            "--" + name,
            [&options, switch_name](const std::string& value) {
                options.switches.push_back(switch_name + "=" + value);
            },
            "short for --switch " + switch_name + "=NUMBER"
        );
    }
    app.add_option("--switch", options.switches, "name=value, as below; repeatable")
        ->allow_extra_args(false);
    app.add_option("--fault", options.faults, "a rule as JSON, as below; repeatable")
        ->allow_extra_args(false);
    app.add_option_function<std::size_t>(
        "--keep-answers",
        [&options](const std::size_t& megabytes) { options.room_for_answers = megabytes << 20U; },
        "megabytes of answers to give again while nothing changes (512); see spelling_seed"
    );
    app.add_option("--threads", options.threads, "that serve")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    app.add_flag(
        "--until-stdin-closes", options.until_stdin_closes, "end when standard input is closed"
    );
}

} // namespace

std::optional<int> read_options(int count, char** arguments, Options& options) {
    CLI::App app(
        "A simulated Partner Center: the API over HTTP or HTTPS, with a world of any size.",
        "pcmirror-simulator"
    );
    declare_listeners(app, options);
    declare_world(app, options);
    declare_behaviour(app, options);
    app.footer(footer());
    app.set_version_flag("--version", PCMIRROR_VERSION);
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error, std::cout, std::cerr);
        return code == 0 ? 0 : 2;
    }
    return {};
}

} // namespace pcmirror::simulator
