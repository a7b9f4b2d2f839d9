# How well a budget is used that the API enforces. To be sourced by tests/bench/users.

# From the simulator's log: requests, those refused, and those that came before a Retry-After was over. A
# request that crossed with the refusal on the wire could not know of it.
count_refusals() {
    stage_call GET /log | awk '
        function member(name) {
            if (!match($0, "\"" name "\":(\"[^\"]*\"|[0-9.e+]+)"))
                return ""
            return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
        }
        member("endpoint") != "\"token\"" {
            ++requests
            arrived[requests] = member("arrived_ms") + 0
            customer[requests] = member("customer")
            if (member("status") == 429) {
                told = arrived[requests] + member("delay_ms")
                ++refused
                from[refused] = told + 50
                until[refused] = told + 1000 * substr(member("retry_after"), 2)
                whose[refused] = member("customer")
            }
        }
        END {
            for (r = 1; r <= requests; ++r)
                for (w = 1; w <= refused; ++w)
                    if (arrived[r] > from[w] && arrived[r] < until[w] &&
                        (whose[w] == "\"\"" || whose[w] == customer[r])) {
                        ++inside
                        break
                    }
            print requests + 0, refused + 0, inside + 0
        }'
}

mode_budget() {
    local per_minute=${1:-1200} minutes=${2:-2} asked refused inside
    budget=$per_minute
    # Two requests for each customer's users: the active and the deleted ones.
    begin plain --customers $((per_minute * minutes / 2)) --users 20 --latency 200 \
        --requests-per-minute "$per_minute"
    stage_call DELETE /log >"$work/out"
    print_heading "a budget of $budget requests a minute, answers after 200 ms"
    measure first "$(world_fact users)" "$bin/pcmirror" sync users
    read -r asked refused inside < <(count_refusals)
    figure first "wall time, times requests / budget" \
        "$(calc %.2f "$(of first seconds) / (60 * $asked / $per_minute)")" most 1.15
    figure first "requests refused with 429, %" "$(calc %.2f "100 * $refused / $asked")" most 1
    figure first "requests before a Retry-After was over" "$inside" most 0
    stage_end
}
