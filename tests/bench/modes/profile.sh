# Where the time of a job goes. To be sourced by tests/bench/jobs.

print_statements() {
    local jobs=$1
    printf '  %9s %9s %9s %9s %9s  %s\n' "calls/job" "us each" planning "us/job" "WAL B/job" statement
    statements "select format('  %9s %9s %9s %9s %9s  %s', round(calls / $jobs, 2), round(total_us / calls),
            round(plan_us / calls), round(total_us / $jobs), round(wal_bytes / $jobs), left(query, 110))
        from s where total_us > 0.005 * (select sum(total_us) from s) order by total_us desc"
}

# Mean milliseconds between two moments of a job.
phase() {
    sql "select round(1000 * avg(extract(epoch from $2 - $1)), 1)
        from pcmirror.write_jobs j join pcmirror.write_job_attempts a using (job_id) where a.outcome = 'succeeded'"
}

mode_profile() {
    local seconds=${1:-10} workers=4 jobs counted
    local name="customers $customers_of_queue, workers $workers"
    begin_queue
    count_statements
    print_jobs_heading "update_user, with statements counted"
    jobs_for "$seconds" $customers_of_queue
    empty_queue
    forget_statements
    take_jobs "$name" "$jobs" $customers_of_queue
    figure "$name" "ms of a worker a job" "$(calc %.1f "1000 * $workers * $(job_seconds) / $jobs")"
    figure "$name" "ms from claim to request noted" "$(phase j.started_at a.started_at)"
    figure "$name" "ms from there to answer stored" "$(phase a.started_at j.answered_at)"
    figure "$name" "ms from there to end stored" "$(phase j.answered_at j.finished_at)"
    if $counted; then
        figure "$name" "statements a job" "$(statements "select round(sum(calls) / $jobs, 2) from s")"
        figure "$name" "us in them a job" "$(statements "select round(sum(total_us) / $jobs) from s")"
        figure "$name" "us of that to plan them" "$(statements "select round(sum(plan_us) / $jobs) from s")"
        print_statements "$jobs"
    fi
    stage_end
}
