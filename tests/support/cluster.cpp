#include "tests/support/cluster.hpp"

#include "tests/places/places.hpp"
#include "tests/support/process.hpp"

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <unistd.h>

namespace pcmirror::testing {
namespace {

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

std::string script(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), places::source("tests/support/cluster"));
    const Outcome outcome = run(std::move(arguments));
    if (outcome.exit_code != 0)
        throw std::runtime_error(outcome.err);
    return first_line(outcome.out);
}

std::string find_cluster() {
    if (const char* given = std::getenv("PCMIRROR_TEST_CLUSTER"); given != nullptr)
        return given;
    const char* file = std::getenv("PCMIRROR_TEST_CLUSTER_FILE");
    if (file != nullptr && std::filesystem::exists(file))
        return first_line(read_file(file));
    static const PrivateCluster own;
    return own.url();
}

} // namespace

const std::string& test_cluster_url() {
    static const std::string url = find_cluster();
    return url;
}

std::string
with_database(const std::string& url, const std::string& name, const std::string& user) {
    const std::size_t authority = url.find("://") + 3;
    const std::size_t slash = url.find('/', authority);
    const std::size_t query = url.find('?', slash);
    std::string place = url.substr(authority, slash - authority);
    if (!user.empty())
        place = user + "@" + place.substr(place.find('@') + 1);
    return url.substr(0, authority) + place + "/" + name +
           (query == std::string::npos ? "" : url.substr(query));
}

PrivateCluster::PrivateCluster(std::vector<std::string> settings) : settings_(std::move(settings)) {
    // The server runs as another user where the tests run as root.
    std::filesystem::permissions(directory_.path(), std::filesystem::perms{0755});
    script({"watch", directory_.path(), std::to_string(getpid())});
    start();
}

PrivateCluster::~PrivateCluster() {
    try {
        script({"remove", directory_.path()});
    } catch (const std::exception&) {
        return; // the directory is removed in any case
    }
}

void PrivateCluster::start() {
    std::vector<std::string> arguments = {"start", directory_.path()};
    arguments.insert(arguments.end(), settings_.begin(), settings_.end());
    url_ = script(std::move(arguments));
}

void PrivateCluster::start(std::vector<std::string> settings) {
    settings_ = std::move(settings);
    start();
}

void PrivateCluster::stop(const std::string& mode) {
    script({"stop", directory_.path(), mode});
}

void PrivateCluster::restart(const std::string& mode) {
    stop(mode);
    start();
}

std::string PrivateCluster::log() const {
    return read_file(directory_ / "log");
}

} // namespace pcmirror::testing
