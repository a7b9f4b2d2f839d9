#include "daemon/metrics.hpp"

#include "daemon/admin_facts.hpp"
#include "daemon/process_figures.hpp"
#include "schema/catalogue.hpp"
#include "schema/operation_catalogue.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <mutex>
#include <numeric>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace pcmirror {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;
using Steady = std::chrono::steady_clock;

const Histogram::BucketBoundaries request_buckets{
    0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180};
const Histogram::BucketBoundaries job_buckets{
    0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200, 86400};

std::string text_of(std::string_view text) {
    return std::string(text);
}

std::string status_text(int status) {
    return status == 0 ? "none" : std::to_string(status);
}

/// What happened within the last minute, by the second.
class LastMinute {
  public:
    void add(Steady::time_point now) {
        move_on_to(now);
        ++counts_[place(second_)];
    }

    std::uint64_t count(Steady::time_point now) {
        move_on_to(now);
        return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
    }

  private:
    using Second = std::chrono::seconds::rep;

    static std::size_t place(Second second) { return static_cast<std::size_t>(second) % 60; }

    void move_on_to(Steady::time_point now) {
        const Second second =
            std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
        for (Second over = std::max(second_, second - 60) + 1; over <= second; ++over)
            counts_[place(over)] = 0;
        second_ = second;
    }

    std::array<std::uint64_t, 60> counts_{};
    Second second_ = 0;
};

Family<Counter>& counters(Registry& registry, const char* name, const char* help) {
    return BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauges(Registry& registry, const char* name, const char* help) {
    return BuildGauge().Name(name).Help(help).Register(registry);
}

void set_gauge(Registry& registry, const char* name, const char* help, double value) {
    gauges(registry, name, help).Add({}).Set(value);
}

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

void add_scopes(Family<Gauge>& scopes, const ResourceStatus& line) {
    const ResourceState& state = line.state;
    const std::uint64_t not_ok = state.failing + state.refused + state.held + state.excluded;
    const auto add = [&](const char* name, std::uint64_t count) {
        scopes.Add({{"resource", line.resource}, {"state", name}}).Set(number(count));
    };
    add("ok", state.scopes - std::min(state.scopes, not_ok));
    add("failing", state.failing);
    add("refused", state.refused);
    add("held", state.held);
    add("excluded", state.excluded);
}

void add_resources(Registry& registry, const MirrorStatus& status) {
    auto& age = gauges(
        registry,
        "pcmirror_resource_age_seconds",
        "Age of the oldest data of a resource, refused customers left out."
    );
    auto& stale = gauges(
        registry, "pcmirror_resource_stale_after_seconds", "Age at which a resource is stale."
    );
    auto& success = gauges(
        registry,
        "pcmirror_resource_last_success_timestamp_seconds",
        "When anything of a resource was read last."
    );
    auto& rows = gauges(registry, "pcmirror_resource_rows", "Rows of a resource in the mirror.");
    auto& scopes = gauges(registry, "pcmirror_scopes", "Scopes of a resource by state.");
    const double now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    for (const ResourceStatus& line : status.lines) {
        const prometheus::Labels labels{{"resource", line.resource}};
        if (line.state.age)
            age.Add(labels).Set(*line.state.age);
        stale.Add(labels).Set(line.stale_after_seconds);
        if (line.state.last_success_ago)
            success.Add(labels).Set(now - *line.state.last_success_ago);
        rows.Add(labels).Set(number(line.state.rows));
        add_scopes(scopes, line);
    }
}

void add_queue(Registry& registry, const QueueReport& queue) {
    auto& jobs =
        gauges(registry, "pcmirror_jobs", "Write-back jobs that have not ended, by state.");
    auto& oldest = gauges(
        registry,
        "pcmirror_jobs_oldest_age_seconds",
        "For how long the oldest job of a state has waited, or runs."
    );
    const auto add = [&](const char* state, std::uint64_t count, std::optional<double> age) {
        jobs.Add({{"state", state}}).Set(number(count));
        if (age)
            oldest.Add({{"state", state}}).Set(*age);
    };
    add("due", queue.due, queue.due_seconds);
    add("later", queue.later, std::nullopt);
    add("retrying", queue.retrying, queue.retrying_seconds);
    add("held", queue.held, queue.held_seconds);
    add("running", queue.running, queue.running_seconds);
}

void add_database(Registry& registry, const AdminFacts& facts) {
    set_gauge(
        registry,
        "pcmirror_database_up",
        "Whether the database told what stands here of it.",
        facts.database_trouble.empty() ? 1 : 0
    );
    if (!facts.status || !facts.database_trouble.empty())
        return;
    add_resources(registry, *facts.status);
    add_queue(registry, facts.status->queue);
    auto& rejected = gauges(
        registry,
        "pcmirror_rejected_records",
        "Records of the last listings that could not be stored."
    );
    for (const ResourceStatus& line : facts.status->lines) {
        const auto found = facts.overview.rejected.find(line.resource);
        const bool any = found != facts.overview.rejected.end();
        rejected.Add({{"resource", line.resource}}).Set(any ? number(found->second) : 0);
    }
    set_gauge(
        registry,
        "pcmirror_daemons_alive",
        "Processes that work on this database.",
        number(facts.status->daemons.size())
    );
    set_gauge(
        registry,
        "pcmirror_throttled_customers",
        "Customers for whom the API wants to be left alone now.",
        number(facts.overview.customers_throttled)
    );
}

void add_process(Registry& registry) {
    const ProcessFigures figures = process_figures();
    counters(registry, "process_cpu_seconds_total", "CPU time of this process, user and system.")
        .Add({})
        .Increment(figures.cpu_seconds);
    set_gauge(
        registry, "process_resident_memory_bytes", "Resident memory.", figures.resident_bytes
    );
    set_gauge(registry, "process_open_fds", "Open file descriptors.", figures.open_files);
    set_gauge(
        registry, "process_max_fds", "Most file descriptors that may be open.", figures.max_files
    );
    set_gauge(
        registry, "process_start_time_seconds", "When this process began.", figures.started_at
    );
}

} // namespace

struct Metrics::State {
    Registry registry;
    Family<Counter>& requests = counters(
        registry,
        "pcmirror_requests_total",
        "Requests by what they are for and HTTP status; none: no whole answer came."
    );
    Histogram& request_time =
        BuildHistogram()
            .Name("pcmirror_request_duration_seconds")
            .Help("From the sending of a request, connecting included, to its answer's end.")
            .Register(registry)
            .Add({}, request_buckets);
    Counter& throttled =
        counters(registry, "pcmirror_throttled_total", "Answers 429 of the API.").Add({});
    Counter& retries =
        counters(registry, "pcmirror_request_retries_total", "Requests that were repeated.")
            .Add({});
    Family<Counter>& rows = counters(
        registry, "pcmirror_rows_changed_total", "Rows that polls wrote, by resource and operation."
    );
    Family<Counter>& seen = counters(
        registry, "pcmirror_records_read_total", "Records that listings contained, by resource."
    );
    Family<Counter>& passes = counters(
        registry, "pcmirror_passes_total", "Passes over a resource that ended, by outcome."
    );
    Family<Gauge>& pass_time =
        gauges(registry, "pcmirror_last_pass_duration_seconds", "Of the last pass that ended.");
    Family<Counter>& jobs = counters(
        registry, "pcmirror_jobs_finished_total", "Jobs that ended here, by operation and state."
    );
    Histogram& job_time = BuildHistogram()
                              .Name("pcmirror_job_duration_seconds")
                              .Help("Of jobs that ended, from their first attempt on.")
                              .Register(registry)
                              .Add({}, job_buckets);
    Family<Gauge>& pool = gauges(
        registry,
        "pcmirror_database_pool_connections",
        "The program's database connections, those of session and endpoint left out."
    );
    Gauge& pool_waiting =
        gauges(registry, "pcmirror_database_pool_waiting", "Tasks that wait for a connection.")
            .Add({});

    std::mutex mutex;
    LastMinute last_minute; ///< under the mutex
};

Metrics::Metrics() : state_(std::make_unique<State>()) {
    gauges(state_->registry, "pcmirror_build_info", "Always 1.")
        .Add({{"version", PCMIRROR_VERSION}})
        .Set(1);
    // So that the first one of each is seen as an increase.
    for (const Resource* resource : catalogue()) {
        const std::string name(resource->name);
        for (const char* outcome : {"ok", "partial", "failed"})
            state_->passes.Add({{"resource", name}, {"outcome", outcome}});
        for (const char* operation : {"insert", "update", "delete"})
            state_->rows.Add({{"resource", name}, {"operation", operation}});
        state_->seen.Add({{"resource", name}});
    }
    for (const Operation* operation : operation_catalogue())
        for (const char* state : {"succeeded", "failed"})
            state_->jobs.Add({{"operation", std::string(operation->name)}, {"state", state}});
}

Metrics::~Metrics() = default;

void Metrics::request_ended(
    std::string_view resource, int status, std::chrono::duration<double> took
) {
    state_->requests.Add({{"resource", text_of(resource)}, {"status", status_text(status)}}
    ).Increment();
    state_->request_time.Observe(took.count());
    const std::lock_guard lock(state_->mutex);
    state_->last_minute.add(Steady::now());
}

void Metrics::rows_changed(
    std::string_view resource, const RowFigures& before, const RowFigures& now
) {
    const auto add = [&](const char* operation, std::uint64_t was, std::uint64_t is) {
        if (is > was)
            state_->rows.Add({{"resource", text_of(resource)}, {"operation", operation}}
            ).Increment(number(is - was));
    };
    add("insert", before.inserted, now.inserted);
    add("update", before.updated, now.updated);
    add("delete", before.deleted, now.deleted);
    if (now.seen > before.seen)
        state_->seen.Add({{"resource", text_of(resource)}}
        ).Increment(number(now.seen - before.seen));
}

void Metrics::pass_ended(
    std::string_view resource, std::string_view outcome, std::chrono::duration<double> took
) {
    state_->passes.Add({{"resource", text_of(resource)}, {"outcome", text_of(outcome)}}
    ).Increment();
    state_->pass_time.Add({{"resource", text_of(resource)}}).Set(took.count());
}

void Metrics::pass_failed(std::string_view resource) {
    state_->passes.Add({{"resource", text_of(resource)}, {"outcome", "failed"}}).Increment();
}

void Metrics::job_ended(
    std::string_view operation, std::string_view state, std::chrono::duration<double> took
) {
    state_->jobs.Add({{"operation", text_of(operation)}, {"state", text_of(state)}}).Increment();
    state_->job_time.Observe(took.count());
}

void Metrics::gateway_counted(const GatewayCounters& before, const GatewayCounters& now) {
    state_->throttled.Increment(number(now.throttled - before.throttled));
    state_->retries.Increment(number(now.retries - before.retries));
}

void Metrics::pool_is(const PoolUse& use) {
    state_->pool.Add({{"state", "busy"}}).Set(number(use.busy));
    state_->pool.Add({{"state", "idle"}}).Set(number(use.threads - use.busy));
    state_->pool_waiting.Set(number(use.waiting));
}

std::string Metrics::text(const AdminFacts& facts) const {
    // Made anew each time, so that what has gone does not stay.
    Registry now;
    set_gauge(now, "pcmirror_ready", "Whether the daemon can do its work.", facts.ready() ? 1 : 0);
    set_gauge(
        now,
        "pcmirror_budget_requests_per_minute",
        "The partner's budget, shared by all daemons; 0: none.",
        facts.requests_per_minute
    );
    {
        const std::lock_guard lock(state_->mutex);
        set_gauge(
            now,
            "pcmirror_budget_used_requests",
            "Requests of this process within the last 60 seconds.",
            number(state_->last_minute.count(Steady::now()))
        );
    }
    add_database(now, facts);
    add_process(now);
    auto families = state_->registry.Collect();
    std::ranges::move(now.Collect(), std::back_inserter(families));
    return prometheus::TextSerializer().Serialize(families);
}

} // namespace pcmirror
