# One customer of 200,000 users, and 20,000 customers of 5. To be sourced by tests/bench/users.

one_extreme() {
    local what=$1 rows pass
    shift
    begin plain "$@"
    user_pages
    rows=$(world_fact users)
    print_heading "$what"
    measure_download
    measure first "$rows" "$bin/pcmirror" sync users
    measure_copy partner_center.users
    measure unchanged "$rows" "$bin/pcmirror" sync users
    measure --full "$rows" "$bin/pcmirror" sync users --full
    for pass in first unchanged --full; do
        figure $pass "of COPY" "$(calc %.2f "$copy_seconds / $(of $pass seconds)")"
        figure $pass "peak RSS, MB" "$(of $pass rss)" most 40
    done
    stage_end
}

mode_huge() {
    # The second customer never has users.
    one_extreme "one customer of 200000 users" --customers 2 --big-users 200000
    one_extreme "20000 customers of 5 users" --customers 20000 --users 5
}
