#pragma once

#include "sync/db/pool.hpp"
#include "sync/gateway/partner_center.hpp"
#include "sync/poll/tally.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace pcmirror {

struct AdminFacts;

/// What a daemon counts, in Prometheus's terms: https://prometheus.io/docs/practices/naming.
/// Counters are this process's and begin at 0 with it. Labels are resources, states, operations
/// and HTTP codes, never customers. Any thread.
class Metrics {
  public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// `status` 0: no whole answer came.
    void request_ended(std::string_view resource, int status, std::chrono::duration<double> took);

    /// What a pass did since it was last told of.
    void rows_changed(std::string_view resource, const RowFigures& before, const RowFigures& now);

    /// `ok`, or `partial` where scopes are in trouble.
    void pass_ended(
        std::string_view resource, std::string_view outcome, std::chrono::duration<double> took
    );

    /// It came to nothing (`failed`).
    void pass_failed(std::string_view resource);

    /// `took` from the first attempt on.
    void job_ended(
        std::string_view operation, std::string_view state, std::chrono::duration<double> took
    );

    /// What the gateway counted since it was last told of.
    void gateway_counted(const GatewayCounters& before, const GatewayCounters& now);

    void pool_is(const PoolUse& use);

    /// The answer to `/metrics`, in text format 0.0.4: what was counted, this process's footprint,
    /// and what the database told last.
    [[nodiscard]] std::string text(const AdminFacts& facts) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace pcmirror
