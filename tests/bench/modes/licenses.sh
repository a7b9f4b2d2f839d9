# License reads, one small answer for each user, all of them. To be sourced by tests/bench/users.

mode_licenses() {
    local users=${1:-5000} pass own least rate most
    concurrency=8
    begin tls --customers 50 --users "$(calc %.2f "$users / 49")"
    "$bin/pcmirror" sync users subscribed_skus >"$work/out" 2>&1
    sql "select format('/v1/customers/%s/users/%s/licenses?licenseGroupIds=Group1&licenseGroupIds=Group2', customer_id, user_id)
        from partner_center.users" >"$work/paths"
    print_heading "licenses of $users users of 50 customers, TLS, $concurrency connections, no budget"
    measure_download
    measure first "$load_requests" "$bin/pcmirror" sync user_licenses
    measure unchanged "$load_requests" "$bin/pcmirror" sync user_licenses
    measure --full "$load_requests" "$bin/pcmirror" sync user_licenses --full
    least=$(calc %.1f "1e6 * $load_cpu / $load_requests")
    most=$(calc %.0f "$load_requests / $load_seconds")
    echo "  the download took $least us of CPU a request, at $most requests/s"
    for pass in first --full; do
        own=$(calc %.1f "1e6 * $(of $pass cpu) / $(of $pass requests)")
        rate=$(calc %.0f "$(of $pass requests) / $(of $pass seconds)")
        figure $pass "us of CPU a request" "$own"
        figure $pass "times the CPU of the download" "$(calc %.2f "$own / $least")" most 3.5
        figure $pass "requests/s" "$rate"
        figure $pass "of the download's requests/s" "$(calc %.2f "$rate / $most")" least 0.5
    done
    stage_end
}
