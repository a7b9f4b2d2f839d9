# Jobs a second, beside the least that claiming and completing rows could cost. To be sourced by tests/bench/jobs.

mode_throughput() {
    local seconds=${1:-10} customers workers jobs bare
    local most="customers $customers_of_queue, workers 4"
    begin_queue
    print_jobs_heading "update_user, each run of some $seconds s"
    take_bare_queue "pgbench before"
    for customers in 1 $customers_of_queue; do
        for workers in 1 4; do
            with_workers $workers
            empty_queue
            jobs_for "$seconds" "$customers"
            empty_queue
            take_jobs "customers $customers, workers $workers" "$jobs" "$customers"
        done
    done
    take_bare_queue "pgbench after"
    bare=$(calc %.0f "($(of "pgbench before" rate) + $(of "pgbench after" rate)) / 2")
    figure "$most" "jobs/s" "$(of "$most" rate)" least 1000
    figure "$most" "of pgbench's $bare" "$(calc %.2f "$(of "$most" rate) / $bare")" least 0.35
    stage_end
}
