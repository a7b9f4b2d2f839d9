# What finished jobs cost those that are to be done. To be sourced by tests/bench/jobs.

# As jobs are left that succeeded at once, in the same lanes as those to come.
insert_finished() {
    sql "insert into pcmirror.jobs (operation, customer_id, payload, state, attempts, request_id, http_status, response,
            confirmed, created_by, created_at, started_at, answered_at, finished_at, lease_token)
        select 'update_user', u.customer_id, jsonb_build_object('user_id', u.user_id, 'display_name', 'Bench ' || n),
            'succeeded', 1, gen_random_uuid(), 200, jsonb_build_object('id', u.user_id, 'displayName', 'Bench ' || n),
            true, 'bench', at, at, at, at, n
        from generate_series(1, $1) n
        cross join lateral (select now() - make_interval(secs => $1 - n)) moments (at)
        join bench.users u on u.customer = 1 + n % $customers_of_queue and u.one = 1"
    # Not to look up a million jobs that are there.
    sql "set session_replication_role = replica; insert into pcmirror.write_job_attempts (job_id, attempt, request_id, daemon_id, started_at, answered_at,
            http_status, outcome)
        select job_id, attempts, request_id, 1, started_at, answered_at, http_status, 'succeeded' from pcmirror.jobs"
}

# Of the costliest of those that take jobs: they skip what others are taking.
claim() {
    statements "select round($1 / calls) from s
        where query ~* 'pcmirror\.jobs' and query ~* 'skip locked' order by total_us desc limit 1"
}

take_beside() {
    local name=$1 finished=$2
    empty_queue
    insert_finished "$finished"
    forget_statements
    take_jobs "$name" "$jobs" $customers_of_queue
    if $counted; then
        measured+=(["$name.claim"]=$(claim total_us) ["$name.pages"]=$(claim pages))
    fi
}

mode_history() {
    local finished=${1:-1000000} seconds=${2:-10} jobs counted without
    begin_queue
    count_statements
    print_jobs_heading "update_user beside $finished finished jobs, $customers_of_queue customers, 4 workers"
    jobs_for "$seconds" $customers_of_queue
    take_beside "none, before" 0
    take_beside "beside them" "$finished"
    take_beside "none, after" 0
    without=$(calc %.0f "($(of "none, before" rate) + $(of "none, after" rate)) / 2")
    figure "beside them" "of the $without jobs/s without" "$(calc %.2f "$(of "beside them" rate) / $without")" least 0.8
    if $counted; then
        without=$(calc %.0f "($(of "none, before" claim) + $(of "none, after" claim)) / 2")
        figure "none, after" "pages a claim looks at, mean" "$(of "none, after" pages)"
        figure "beside them" "pages a claim looks at, mean" "$(of "beside them" pages)"
        figure "beside them" "us a claim takes, mean" "$(of "beside them" claim)"
        figure "beside them" "times the $without us without" "$(calc %.2f "$(of "beside them" claim) / $without")" most 1.2
    fi
    stage_end
}
