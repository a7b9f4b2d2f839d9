# Passes over users in the shapes that partners have. To be sourced by tests/bench/users.

one_shape() {
    local users=$1 customers=$2 wire=$3 rows changed latest kept
    begin "$wire" --customers "$customers" --users "$(calc %.3f "$users / ($customers - 1)")"
    print_heading "$users users of $customers customers, $wire"
    user_pages
    measure_download --parse
    rows=$(world_fact users)
    # COPY needs the rows, so the first pass is measured before it; its ratio follows.
    measure first "$rows" "$bin/pcmirror" sync users
    measure_copy partner_center.users
    measure unchanged "$rows" "$bin/pcmirror" sync users
    kept=$load_seconds
    stage_call POST /switches '{"spelling_seed": 2}' >"$work/out"
    download
    load_seconds=$kept
    measure respelt "$rows" "$bin/pcmirror" sync users
    latest=$(sql "select coalesce(max(change_id), 0) from pcmirror.change_log")
    stage_call POST /change "{\"seed\": 1, \"count\": $((rows / 100)), \"only\": [\"modify_user\"]}" >"$work/out"
    download
    load_seconds=$kept
    measure "1% changed" "$rows" "$bin/pcmirror" sync users
    changed=$(sql "select count(*) from pcmirror.change_log where change_id > $latest")
    measure --full "$rows" "$bin/pcmirror" sync users --full
    print_figures
    stage_end
}

# A figure whose target was set for one shape.
figure_in() {
    local shape=$1
    shift
    if [[ $shape == "$users/$customers/$wire" ]]; then
        figure "$@"
    else
        figure "${@:1:3}"
    fi
}

# CPU of program and server, in microseconds a row.
cpu_per_row() {
    calc %.1f "1e6 * ($(of "$1" cpu) + $(of "$1" pg_cpu)) / $rows"
}

of_copy() {
    calc %.2f "$copy_seconds / $(of "$1" seconds)"
}

of_download() {
    calc %.2f "$load_seconds / $(of "$1" seconds)"
}

# How much more the program took than parsing the same pages does.
times_parsing() {
    calc %.2f "1e6 * $(of "$1" cpu) / $rows / $parsing"
}

print_figures() {
    local usual=100000/200/plain first_of_copy=0.30
    [[ $customers != 5000 ]] || first_of_copy=0.15
    figure_in "100000/$customers/plain" first "of COPY" "$(of_copy first)" least "$first_of_copy"
    figure first "of the download" "$(of_download first)"
    figure_in "$usual" first "us of CPU a row, program and server" "$(cpu_per_row first)" most 14
    figure first "CPU of the program, times parsing" "$(times_parsing first)"
    figure first "peak RSS, MB" "$(of first rss)" most 40
    figure_in "$usual" unchanged "of COPY" "$(of_copy unchanged)" least 1.2
    figure unchanged "of the download" "$(of_download unchanged)"
    figure_in "$usual" unchanged "us of CPU a row, program and server" "$(cpu_per_row unchanged)" most 5
    figure unchanged "CPU of the program, times parsing" "$(times_parsing unchanged)"
    figure_in "$usual" unchanged "WAL a row, B" "$(calc %.2f "$(of unchanged wal) / $rows")" most 1
    figure respelt "of COPY" "$(of_copy respelt)"
    figure respelt "CPU of the program, times parsing" "$(times_parsing respelt)"
    figure_in "$usual" "1% changed" "of COPY" "$(of_copy "1% changed")" least 0.6
    figure "1% changed" "WAL a changed row ($changed of them), B" "$(calc %.0f "$(of "1% changed" wal) / $changed")"
    figure --full "of COPY" "$(of_copy --full)"
}

mode_passes() {
    local one users customers wire
    local -a shapes=("$@")
    [[ ${#shapes[@]} -gt 0 ]] || shapes=({10000/200,100000/200,1000000/200,100000/5000}{,/tls})
    for one in "${shapes[@]}"; do
        IFS=/ read -r users customers wire <<<"$one"
        one_shape "$users" "$customers" "${wire:-plain}"
    done
}
