#include "sync/write/job_claims.hpp"

#include "config/log.hpp"
#include "migrations/libpqxx.hpp"
#include "migrations/migrate.hpp"
#include "schema/sql_text.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/kept_plans.hpp"
#include "sync/db/leases.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace pcmirror {
namespace {

using namespace std::chrono_literals;

// Looking at all lanes costs as many index look-ups as there are customers with jobs.
constexpr auto between_looks = 500ms;
// While others keep it busy: of what has become due nobody tells.
constexpr auto looks_at_least_every = 1s;
constexpr std::size_t lanes_at_most = 2000;

constexpr const char* partner_lane = "00000000-0000-0000-0000-000000000000";

// What a daemon left behind that died is taken over as it stands: what it sent may have taken
// effect.
constexpr const char* adopt_sql = R"(
update pcmirror.jobs j
set lease_daemon = $1::bigint, lease_token = nextval('pcmirror.lease_tokens')
from (select o.job_id from pcmirror.jobs o
      where o.state = 'running' and o.lease_daemon <> $1::bigint and not {alive}
          and o.job_id <> all ($3::bigint[])
      order by o.job_id limit $2::integer for update skip locked) left_behind
where j.job_id = left_behind.job_id
returning j.job_id)";

// The job of lane `l` that is next, if any: none while one is running, and of those that wait the
// one that was sent already, if any.
constexpr const char* head_sql = R"(
    left join lateral (
        select o.job_id, o.state from pcmirror.jobs o
        where o.lane = l.lane and (o.state = 'running' or (o.state = 'queued' and o.begun))
        limit 1) under_way on true
    cross join lateral (
        select j.job_id, j.priority from pcmirror.jobs j
        where j.lane = l.lane and j.state = 'queued' and j.run_after <= now() and j.held_at is null
            and (under_way.job_id is null or j.job_id = under_way.job_id)
        order by j.priority desc, j.job_id limit 1) h
    where l.lane is not null and under_way.state is distinct from 'running'
        and not exists (select from pcmirror.job_pauses p
                        where p.customer_id is null or p.customer_id = l.lane)
        and not exists (select from pcmirror.throttled_customers t
                        where t.customer_id = l.lane and t.blocked_until > now()))";

// From lane to lane through the index, so that a lane of thousands of jobs costs no more than one
// of one.
constexpr const char* lanes_sql = R"(
with recursive lanes (lane) as (
    (select j.lane from pcmirror.jobs j where j.state = 'queued' order by j.lane limit 1)
    union all
    select (select j.lane from pcmirror.jobs j
            where j.state = 'queued' and j.lane > l.lane order by j.lane limit 1)
    from lanes l where l.lane is not null
)
select l.lane::text from lanes l {head}
order by h.priority desc, h.job_id limit $1::integer)";

constexpr const char* claim_sql = R"(
with free as (
    select j.job_id from pcmirror.jobs j
    where j.job_id in (select h.job_id from unnest($2::uuid[]) l (lane) {head}) and j.state = 'queued'
    for update skip locked
)
update pcmirror.jobs j
set state = 'running', lease_daemon = $1::bigint, lease_token = nextval('pcmirror.lease_tokens'),
    started_at = coalesce(j.started_at, now()),
    request_id = coalesce(j.request_id, gen_random_uuid())
from free where j.job_id = free.job_id
returning j.job_id)";

constexpr const char* read_sql = R"(
select j.job_id, j.lease_token, j.operation, coalesce(j.customer_id::text, ''), j.payload::text,
    j.attempts, j.failures, coalesce(j.request_id::text, ''),
    extract(epoch from now() - coalesce(j.lost_at, j.sent_at))::double precision,
    j.answered_at is not null, coalesce(j.response::text, ''),
    extract(epoch from now() - greatest(j.started_at, j.retried_at))::double precision,
    coalesce((select jsonb_object_agg(s.field, s.value)::text from pcmirror.job_secrets s
              where s.job_id = j.job_id and not s.of_answer), '{}'),
    coalesce(j.last_error, ''), coalesce(j.first_seen, ''), j.lost_at is not null,
    to_char(j.sent_at at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS+00'), j.delays,
    coalesce(j.meant_user, '')
from pcmirror.jobs j where j.job_id = any ($1::bigint[])
order by j.priority desc, j.job_id)";

// Other daemons have room for it, perhaps.
constexpr const char* release_sql = R"(
with given_back as (
    update pcmirror.jobs set state = 'queued', lease_daemon = null
    where lease_daemon = $1::bigint and state = 'running'
    returning job_id)
select pg_notify('pcmirror_jobs', '') where exists (select from given_back))";

// That of a job, or the end of a customer's throttling, whoever met it. What others work on is
// looked at again soon: nobody tells when they die.
constexpr const char* next_due_sql = R"(
select extract(epoch from least(
    (select min(j.run_after) from pcmirror.jobs j
     where j.state = 'queued' and j.held_at is null and j.run_after > $1::timestamptz),
    (select min(t.blocked_until) from pcmirror.throttled_customers t
     where t.blocked_until > $1::timestamptz
         and exists (select from pcmirror.jobs j where j.lane = t.customer_id and j.state = 'queued')),
    (select now() + interval '1 second'
     where exists (select from pcmirror.jobs j
                   where j.state = 'running' and j.lease_daemon <> $2::bigint)))
    - now())::double precision)";

std::chrono::duration<double> seconds_of(const pqxx::field& field) {
    return std::chrono::duration<double>(field.as<double>());
}

Job read_job(const pqxx::row& row) {
    Job job;
    job.job_id = row[0].as<std::int64_t>();
    job.token = row[1].as<std::int64_t>();
    job.operation = row[2].c_str();
    job.customer_id = row[3].c_str();
    job.payload = row[4].c_str();
    job.attempts = row[5].as<int>();
    job.failures = row[6].as<int>();
    job.request_id = row[7].c_str();
    if (!row[8].is_null())
        job.silent_for = seconds_of(row[8]);
    job.answered = row[9].as<bool>();
    job.response = row[10].c_str();
    job.age = seconds_of(row[11]);
    job.secrets = nlohmann::json::parse(row[12].c_str()).get<std::map<std::string, std::string>>();
    job.last_error = row[13].c_str();
    job.first_seen = row[14].c_str();
    job.lost = row[15].as<bool>();
    job.sent_at = row[16].is_null() ? "" : row[16].c_str();
    job.delays = row[17].as<int>();
    job.meant_user = row[18].c_str();
    return job;
}

std::string with_head(const char* sql) {
    return sql::filled(sql, "{head}", head_sql);
}

/// One claim; lives for one transaction.
class Claim {
  public:
    Claim(pqxx::transaction_base& work, std::int64_t daemon_id, std::size_t at_most)
        : work_(work), daemon_id_(daemon_id), at_most_(at_most) {}

    void adopt(const std::set<std::int64_t>& under_way) {
        take(exec_kept(
            work_,
            sql::filled(adopt_sql, "{alive}", leases::alive("o.lease_daemon")),
            daemon_id_,
            static_cast<int>(left()),
            number_array(under_way)
        ));
    }

    /// Takes lanes from the list as long as there is room.
    void from(std::deque<std::string>& lanes) {
        while (left() > 0 && !lanes.empty()) {
            ArrayLiteral some;
            for (std::size_t room = left(); room > 0 && !lanes.empty(); --room) {
                some.add(lanes.front());
                lanes.pop_front();
            }
            take(exec_kept(work_, with_head(claim_sql), daemon_id_, some.text()));
        }
    }

    [[nodiscard]] std::size_t left() const { return at_most_ - claimed_.size(); }

    std::vector<Job> read() {
        std::vector<Job> jobs;
        if (!claimed_.empty())
            for (const auto& row : exec_kept(work_, read_sql, number_array(claimed_)))
                jobs.push_back(read_job(row));
        return jobs;
    }

  private:
    void take(const pqxx::result& rows) {
        for (const auto& row : rows)
            claimed_.push_back(row[0].as<std::int64_t>());
    }

    pqxx::transaction_base& work_;
    std::int64_t daemon_id_;
    std::size_t at_most_;
    std::vector<std::int64_t> claimed_;
};

std::deque<std::string> lanes_with_jobs(pqxx::transaction_base& work) {
    std::deque<std::string> lanes;
    for (const auto& row : exec_kept(work, with_head(lanes_sql), static_cast<int>(lanes_at_most)))
        lanes.emplace_back(row[0].c_str());
    return lanes;
}

/// Lanes from which jobs were taken.
struct Lanes {
    std::deque<std::string> left; ///< not looked at for want of room
    bool more = false;            ///< and others that were not even listed
    std::string looked_at;        ///< the database's time; empty: only at known ones
};

Lanes claim_from(
    Claim& claim, pqxx::transaction_base& work, bool looks, const std::deque<std::string>& known
) {
    Lanes lanes;
    lanes.left = looks ? lanes_with_jobs(work) : known;
    lanes.more = looks && lanes.left.size() == lanes_at_most;
    if (looks)
        lanes.looked_at = exec_kept(work, "select now()::text")[0][0].c_str();
    claim.from(lanes.left);
    return lanes;
}

void tell_of_held(std::int64_t jobs) {
    if (jobs > 0)
        event(
            Level::error,
            "jobs.held",
            {{"jobs", jobs},
             {field::hint,
              "the database was restored from a backup or failed over: see what these jobs did "
              "since (pcmirror job list), then run: pcmirror job release"}}
        );
}

} // namespace

asio::awaitable<std::vector<Job>>
JobClaims::claim(std::int64_t daemon_id, std::size_t at_most, std::set<std::int64_t> under_way) {
    const auto now = std::chrono::steady_clock::now();
    const bool looks = wants_to_look() && (lanes_.empty() || now - looked_at_all_ >= between_looks);
    // What is told while the database is asked counts for the next claim.
    const std::deque<std::string> known = std::exchange(lanes_, {});
    look_at_all_ = look_at_all_ && !looks;
    Lanes lanes;
    std::int64_t held = 0;
    std::vector<Job> jobs = co_await pool_->run("claiming jobs", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        keep_plans(work);
        leases::require_alive(work, daemon_id, "claiming jobs");
        held =
            exec_kept(work, "select pcmirror.hold_jobs_after_restore()")[0][0].as<std::int64_t>();
        Claim claim(work, daemon_id, at_most);
        try {
            claim.adopt(under_way);
            lanes = claim_from(claim, work, looks, known);
        } catch (const pqxx::unique_violation&) {
            // Another daemon has claimed another job of a lane in this moment.
            held = 0;
            lanes.more = true;
            return std::vector<Job>();
        }
        std::vector<Job> claimed = claim.read();
        work.commit();
        return claimed;
    });
    tell_of_held(held);
    if (looks)
        looked_at_all_ = now;
    if (!lanes.looked_at.empty())
        due_before_ = std::move(lanes.looked_at);
    look_at_all_ = look_at_all_ || lanes.more;
    std::ranges::swap(lanes.left, lanes_);
    for (const std::string& lane : lanes.left)
        add(lane);
    co_return jobs;
}

bool JobClaims::wants_to_look() const {
    return look_at_all_ ||
           std::chrono::steady_clock::now() - looked_at_all_ >= looks_at_least_every;
}

bool JobClaims::may_have_some() const {
    return wants_to_look() || !lanes_.empty();
}

void JobClaims::add(const std::string& lane) {
    if (std::ranges::find(lanes_, lane) == lanes_.end())
        lanes_.push_back(lane);
}

void JobClaims::look_at(const std::string& customer_id) {
    add(customer_id.empty() ? partner_lane : customer_id);
}

void JobClaims::look_at_all() {
    look_at_all_ = true;
}

asio::awaitable<void> JobClaims::release(std::int64_t daemon_id) {
    co_await pool_->run("giving back jobs", [&](pqxx::connection& connection) {
        pqxx::work work(connection);
        hold_schema(work);
        exec_bound(work, release_sql, daemon_id);
        work.commit();
    });
}

asio::awaitable<std::optional<std::chrono::duration<double>>>
JobClaims::next_due(std::int64_t daemon_id) {
    co_return co_await pool_->run("looking for the next job", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        const pqxx::result due = exec_bound(transaction, next_due_sql, due_before_, daemon_id);
        return due[0][0].is_null() ? std::nullopt : std::optional(seconds_of(due[0][0]));
    });
}

} // namespace pcmirror
