# From the commit of one job on an idle queue to its request. To be sourced by tests/bench/jobs.

# One session of a client's.
ask() {
    printf '%s;\n' "$1" >&"${client[1]}"
    read -r answer <&"${client[0]}" || { cat "$work/client.log" >&2; exit 1; }
}

# Waits until the job has ended and nobody looks for more. A row is inserted first: what a commit takes just then.
enqueue_one() {
    local user=$1 began inserted called committed job answer=f
    began=$EPOCHREALTIME
    ask "insert into bench.rows values (1) returning 1"
    inserted=$EPOCHREALTIME
    ask "select 1 from pg_sleep(0.005)"
    called=$EPOCHREALTIME
    ask "select pcmirror.enqueue_job('update_user', customer_id,
            jsonb_build_object('user_id', user_id, 'display_name', 'Bench ' || gen_random_uuid()))
        from bench.users where customer = $user and one = 1"
    committed=$EPOCHREALTIME
    job=$answer
    echo "$job,$began,$inserted,$called,$committed" >>"$work/asked"
    until [[ $answer == t ]]; do
        require_daemon
        ask "select finished_at is not null from pcmirror.write_jobs, pg_sleep(0.005) where job_id = $job"
    done
    ask "select 1 from pg_sleep(0.02 + 0.02 * random())"
}

enqueue_one_by_one() {
    local job
    for ((job = 0; job < $1; ++job)); do
        enqueue_one $((1 + job % customers_of_queue))
    done
}

# What each took, in milliseconds, by the clock that client, PostgreSQL and simulator share.
note_latencies() {
    stage_call GET /log >"$work/log"
    sql "create table bench.asked (job_id bigint, began numeric, inserted numeric, called numeric, committed numeric)"
    sql "\\copy bench.asked from '$work/asked' (format csv)"
    sql "create table bench.log (entry jsonb)"
    sql "\\copy bench.log from '$work/log' (format csv, quote e'\\x01', delimiter e'\\x02')"
    sql "create function bench.ms(at timestamptz) returns numeric language sql as 'select 1000 * extract(epoch from at)'"
    sql "create table bench.latencies as
        select arrived - 1000 * committed as of_commit, arrived - 1000 * called as of_call,
            bench.ms(j.started_at) - 1000 * called as claimed, bench.ms(t.started_at) - bench.ms(j.started_at) as noted,
            arrived - bench.ms(t.started_at) as sent, 1000 * (inserted - began) as inserted
        from bench.asked a
        join pcmirror.write_jobs j using (job_id)
        join pcmirror.write_job_attempts t on t.job_id = j.job_id and t.attempt = 1
        join (select entry ->> 'request_id' as request_id, (entry ->> 'arrived_at_ms')::numeric as arrived
              from bench.log where entry ->> 'endpoint' = 'update_user') r on r.request_id = j.request_id::text"
}

# quantile PART COLUMN
quantile() {
    sql "select round((percentile_cont($1) within group (order by $2))::numeric, 2) from bench.latencies"
}

mode_latency() {
    local jobs=${1:-500} client answer known
    begin_queue
    start_daemon
    print_title "update_user from an idle queue, $jobs jobs, each after the one before has ended"
    sql "create table bench.rows (n integer)"
    coproc client { psql -XAtq -v ON_ERROR_STOP=1 "$database" 2>"$work/client.log"; }
    enqueue_one_by_one 20
    rm "$work/asked"
    enqueue_one_by_one "$jobs"
    exec {client[1]}>&-
    note_latencies
    known=$(sql "select count(of_commit) from bench.latencies")
    [[ $known -eq $jobs ]] || { echo "only $known of $jobs jobs have a request in the simulator's log" >&2; exit 1; }
    measured+=([latency.mark]=)
    figure latency "ms from the commit to the request, p50" "$(quantile 0.5 of_commit)" most 5
    figure latency "ms from the commit to the request, p99" "$(quantile 0.99 of_commit)" most 25
    figure latency "ms with the call of enqueue_job before it, p50" "$(quantile 0.5 of_call)"
    figure latency "ms with the call of enqueue_job before it, p99" "$(quantile 0.99 of_call)"
    figure latency "of these: ms from the call until it is claimed, p50" "$(quantile 0.5 claimed)"
    figure latency "of these: ms from there until the request is noted, p50" "$(quantile 0.5 noted)"
    figure latency "of these: ms from there to the request, p50" "$(quantile 0.5 sent)"
    figure latency "beside it: ms to insert a row and commit, p50" "$(quantile 0.5 inserted)"
    figure latency "beside it: ms to insert a row and commit, p99" "$(quantile 0.99 inserted)"
    stage_end
}
