# Jobs on the stage of measure.sh: users of 1,000 customers to write back, and what a run of jobs took.
# To be sourced after it.
#
#   begin_queue                       a stage with its users mirrored and an empty queue
#   with_workers WORKERS              from here on pcmirror works on so many jobs at once
#   empty_queue                       finished jobs go, too
#   enqueue JOBS CUSTOMERS            spread evenly
#   jobs_for SECONDS CUSTOMERS        how many jobs take that long, by a short run; sets $jobs
#   take_jobs NAME JOBS CUSTOMERS     enqueues, works them off, prints a line; sets the fact "rate": jobs a second
#   take_bare_queue NAME              the same of pgbench that claims and completes rows, one by one
#   start_daemon                      pcmirror run; its pass at start has ended, and no other comes
#   require_daemon                    ends with what it said where it has ended

customers_of_queue=1000
# One pass when the daemon starts, and none while it is measured.
schedules='  customers: { every: 1d }
  subscribed_skus: { every: 1d }'
last_job_before=0

# More customers than take part: one in ten has no users.
begin_queue() {
    begin plain --customers $((customers_of_queue * 5 / 4)) --users 5
    "$bin/pcmirror" sync users >"$work/out" 2>&1
    sql "create schema bench"
    sql "create table bench.users as
        select customer_id, user_id, dense_rank() over (order by customer_id) as customer,
            row_number() over (partition by customer_id order by user_id) as one,
            count(*) over (partition by customer_id) as of_them
        from partner_center.users where state = 'active'"
    with_workers 4
}

with_workers() {
    cp "$work/pcmirror.yaml" "$work/workers.yaml"
    echo "write_back: { workers: $1 }" >>"$work/workers.yaml"
    PCMIRROR_CONFIG=$work/workers.yaml
}

empty_queue() {
    sql "truncate pcmirror.jobs, pcmirror.job_secrets, pcmirror.write_job_attempts"
}

# One user of a customer after the other, so that a job does not touch the row of the one before.
enqueue() {
    local queued
    last_job_before=$(sql "select coalesce(max(job_id), 0) from pcmirror.write_jobs")
    queued=$(sql "select count(pcmirror.enqueue_job('update_user', u.customer_id,
            jsonb_build_object('user_id', u.user_id, 'display_name', 'Bench ' || gen_random_uuid())))
        from generate_series(0, $1 - 1) n
        join bench.users u on u.customer = 1 + n % $2 and u.one = 1 + (n / $2) % u.of_them")
    [[ $queued -eq $1 ]] || { echo "only $queued of $1 jobs were queued: fewer than $2 customers have users" >&2; exit 1; }
}

work_off() {
    local others
    sql "vacuum (analyze)"
    take "$1" "$bin/pcmirror" job work --until-empty
    others=$(sql "select state || ': ' || coalesce(last_error, 'not confirmed') from pcmirror.write_jobs
        where state <> 'succeeded' or not confirmed limit 5")
    [[ -z $others ]] || { echo "jobs did not succeed: $others" >&2; exit 1; }
}

# Of those enqueued last.
job_seconds() {
    sql "select extract(epoch from max(finished_at) - min(started_at)) from pcmirror.write_jobs
        where job_id > $last_job_before"
}

jobs_for() {
    local trial=200
    enqueue $trial "$2"
    work_off trial
    jobs=$(calc %.0f "$trial * $1 / $(job_seconds)")
}

take_jobs() {
    enqueue "$2" "$3"
    work_off "$1"
    print_jobs "$1" "$2" "$(job_seconds)"
}

take_bare_queue() {
    local name=$1 seconds=8 jobs
    sql "create table bench.jobs (job_id bigint primary key, state text not null, payload text not null)"
    sql "insert into bench.jobs select n, 'queued', repeat('x', 100) from generate_series(1, 30000 * $seconds) n"
    sql "create index on bench.jobs (job_id) where state = 'queued'"
    sql "vacuum (analyze) bench.jobs"
    cat >"$work/claim.sql" <<'SQL'
begin;
select job_id from bench.jobs where state = 'queued' order by job_id limit 1 for update skip locked \gset
update bench.jobs set state = 'running' where job_id = :job_id;
commit;
update bench.jobs set state = 'done' where job_id = :job_id;
SQL
    take "$name" "$(sql "select setting from pg_config where name = 'BINDIR'")/pgbench" \
        --no-vacuum --client 10 --jobs 2 --time $seconds --file "$work/claim.sql" "$database"
    sql "drop table bench.jobs"
    jobs=$(sed -n 's/^number of transactions actually processed: //p' "$work/out")
    print_jobs "$name" "$jobs" "$(calc %.3f "$jobs / $(sed -n 's/^tps = \([0-9.]*\) .*/\1/p' "$work/out")")"
}

print_jobs_line() {
    printf '%-27s %7s %8s %7s %8s %8s %8s %6s %6s %8s %9s %8s %7s\n' "$@"
}

# Of a job: CPU microseconds of the program, PostgreSQL and the simulator, commits, requests, WAL. Busy: the share
# of the processors that these three took.
print_jobs_heading() {
    print_title "$1"
    print_jobs_line run jobs seconds jobs/s "CPU us" "PG us" "sim us" busy idle commits requests "WAL B" "RSS MB"
}

print_jobs() {
    local name=$1 jobs=$2 seconds=$3 busy
    measured+=(["$name.rate"]=$(calc %.0f "$jobs / $seconds"))
    busy=$(calc %.4f "$(of "$name" cpu) + $(of "$name" pg_cpu) + $(of "$name" sim_cpu)")
    print_jobs_line "$name$(of "$name" mark)" "$jobs" "$(calc %.2f "$seconds")" "$(of "$name" rate)" \
        "$(calc %.0f "1e6 * $(of "$name" cpu) / $jobs")" "$(calc %.0f "1e6 * $(of "$name" pg_cpu) / $jobs")" \
        "$(calc %.0f "1e6 * $(of "$name" sim_cpu) / $jobs")" \
        "$(calc %.0f "100 * $busy / $(of "$name" seconds) / $processors")%" "$(of "$name" idle)%" \
        "$(calc %.2f "$(of "$name" commits) / $jobs")" "$(calc %.2f "$(of "$name" requests) / $jobs")" \
        "$(calc %.0f "$(of "$name" wal) / $jobs")" "$(of "$name" rss)"
}

start_daemon() {
    "$bin/pcmirror" run >"$work/daemon.log" 2>&1 &
    daemon_pid=$!
    until [[ -n $(sql "select 1 from pcmirror.sync_runs where resource = 'subscribed_skus' and finished_at is not null") ]]; do
        require_daemon
        sleep 0.2
    done
}

require_daemon() {
    kill -0 "$daemon_pid" 2>/dev/null || { cat "$work/daemon.log" >&2; exit 1; }
}
