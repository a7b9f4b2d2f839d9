#include "daemon/facts_keeper.hpp"

#include "daemon/program.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto fresh_for = 5s;
constexpr auto patience = 3s;
constexpr auto hangs_after = 30s;
constexpr int connections = 1;

std::vector<const Resource*> polled(const Settings& settings) {
    std::vector<const Resource*> resources;
    for (const Resource* resource : catalogue())
        if (settings.schedules.contains(std::string(resource->name)) &&
            off_because(settings, *resource).empty())
            resources.push_back(resource);
    return resources;
}

} // namespace

FactsKeeper::FactsKeeper(
    asio::any_io_executor executor, const Settings& settings, const Instruments& instruments
)
    : executor_(std::move(executor)), settings_(settings), instruments_(instruments),
      resources_(polled(settings)), pool_(executor_, settings.database.url, connections, "admin"),
      changed_(executor_) {}

FactsKeeper::~FactsKeeper() {
    reader_.join();
}

asio::awaitable<AdminFacts> FactsKeeper::facts() {
    const auto now = Steady::now();
    if (!reading_ && (!begun_ || now - *begun_ >= fresh_for))
        start_reading();
    const auto until = now + patience;
    while (reading_ && Steady::now() < until)
        co_await changed_.wait_for(std::chrono::ceil<Milliseconds>(until - Steady::now()));
    AdminFacts facts = facts_of_process();
    facts.status = told_.status;
    facts.overview = told_.overview;
    facts.read_at = told_.read_at;
    facts.database_trouble = told_.database_trouble;
    if (reading_ && (!told_.status || Steady::now() - *begun_ >= hangs_after))
        facts.database_trouble = "it has not answered for a while";
    co_return facts;
}

AdminFacts FactsKeeper::facts_of_process() const {
    AdminFacts facts;
    facts.troubles = instruments_.health.troubles();
    facts.hang = instruments_.vitals.trouble(Steady::now());
    facts.requests_per_minute = settings_.partner_center.requests_per_minute;
    return facts;
}

void FactsKeeper::start_reading() {
    reading_ = true;
    begun_ = Steady::now();
    asio::post(reader_, [this] {
        asio::post(executor_, [this, reading = read()]() mutable { take(std::move(reading)); });
    });
}

FactsKeeper::Reading FactsKeeper::read() {
    Reading reading;
    try {
        reading.status = read_status(settings_, resources_, pool_);
        reading.overview = read_overview(pool_);
    } catch (const std::exception& error) {
        reading.trouble = error.what();
    }
    return reading;
}

void FactsKeeper::take(Reading reading) {
    reading_ = false;
    told_.database_trouble = std::move(reading.trouble);
    if (told_.database_trouble.empty()) {
        told_.status = std::move(reading.status);
        told_.overview = std::move(reading.overview);
        told_.read_at = std::chrono::system_clock::now();
    }
    changed_.notify();
}

} // namespace pcmirror
