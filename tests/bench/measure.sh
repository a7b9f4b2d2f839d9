# Measuring a command on the stage of tests/support/stage.sh: what it took of every process, beside its
# yardsticks. To be sourced.
#
#   begin WIRE OPTIONS...       a stage (tls or plain) with its customers mirrored
#   download [--parse]          downloads what $work/paths names, so that the simulator gives the same answers
#                               again when they are asked for; sets $load_seconds, $load_cpu, $load_requests,
#                               with --parse also $parsing, CPU microseconds a row
#   take NAME COMMAND...        runs it and keeps what it took
#   measure NAME ROWS COMMAND...  and prints a line
#   of NAME FACT                what was taken: seconds cpu pg_cpu sim_cpu idle rss wal requests commits
#   figure NAME WHAT VALUE [most|least TARGET]
#                               prints a figure of what was measured and whether it meets its target
#   calc FORMAT EXPRESSION      arithmetic; "-" where it can't be had

ticks=$(getconf CLK_TCK)
processors=$(nproc)
declare -A measured=()
usual_durability=(fsync=on full_page_writes=on max_wal_size=4GB)

calc() {
    awk "BEGIN { printf \"$1\", $2 }" 2>/dev/null || echo -
}

# Statistics of statements tell of others than this one.
sql() {
    PGOPTIONS='-c pg_stat_statements.track=none' psql -XAtq "$database" -c "$1"
}

# CPU seconds of PostgreSQL's present and past processes.
server_cpu() {
    local main
    main=$(head -n 1 "$work/pg/data/postmaster.pid")
    { cat "/proc/$main/stat"; pgrep -P "$main" | sed 's|.*|/proc/&/stat|' | xargs cat 2>/dev/null || true; } |
        sed 's/^.*) //' | awk -v ticks="$ticks" '
            { sum += $12 + $13; if (NR == 1) sum += $14 + $15 }
            END { printf "%.2f", sum / ticks }'
}

# Transactions of the mirror's database: of sessions that have ended, all.
server_commits() {
    sql "select xact_commit from pg_stat_database where datname = current_database()"
}

simulator_fact() {
    stage_call GET /stats | sed -n "s/.*\"$1\": *\([0-9.]*\).*/\1/p" | head -n 1
}

world_fact() {
    stage_call GET /world | sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" | head -n 1
}

print_line() {
    printf '%-12s %9s %9s %9s %8s %8s %8s %7s %7s %6s %7s %9s %9s\n' "$@"
}

print_title() {
    echo
    echo "$1; $processors processors, load before: $(cut -d ' ' -f 1 /proc/loadavg)"
}

print_heading() {
    print_title "$1"
    print_line pass rows seconds rows/s "of COPY" "of load" "CPU s" "PG s" "sim s" idle "RSS MB" "WAL B/row" requests
}

of() {
    echo "${measured[$1.$2]}"
}

take() {
    local name=$1 began log_began seconds cpu user system peak pg_cpu sim_cpu idle requests wal commits mark=
    shift
    sql checkpoint
    log_began=$(sql "select pg_current_wal_insert_lsn()")
    requests=$(simulator_fact requests)
    commits=$(server_commits)
    pg_cpu=$(server_cpu)
    sim_cpu=$(simulator_fact cpu_ms)
    began=$EPOCHREALTIME
    env time -o "$work/time" -f '%U %S %M' "$@" >"$work/out" 2>"$work/err" ||
        { cat "$work/out" "$work/err" >&2; exit 1; }
    seconds=$(calc %.3f "$EPOCHREALTIME - $began")
    sim_cpu=$(calc %.3f "($(simulator_fact cpu_ms) - $sim_cpu) / 1000")
    read -r user system peak <"$work/time"
    cpu=$(calc %.2f "$user + $system")
    pg_cpu=$(calc %.2f "$(server_cpu) - $pg_cpu")
    requests=$(($(simulator_fact requests) - requests))
    commits=$(($(server_commits) - commits))
    wal=$(sql "select pg_current_wal_insert_lsn() - '$log_began'")
    idle=$(calc %.0f "100 * (1 - $sim_cpu / $seconds / $processors)")
    [[ $idle -ge 50 ]] || mark='!'
    measured+=(["$name.seconds"]=$seconds ["$name.cpu"]=$cpu ["$name.pg_cpu"]=$pg_cpu ["$name.sim_cpu"]=$sim_cpu
        ["$name.idle"]=$idle ["$name.wal"]=$wal ["$name.rss"]=$((peak / 1024)) ["$name.requests"]=$requests
        ["$name.commits"]=$commits ["$name.mark"]=$mark)
}

measure() {
    local name=$1 rows=$2
    shift 2
    take "$name" "$@"
    print_line "$name$(of "$name" mark)" "$rows" "$(of "$name" seconds)" \
        "$(calc %.0f "$rows / $(of "$name" seconds)")" \
        "$(calc %.2f "${copy_seconds:--} / $(of "$name" seconds)")" \
        "$(calc %.2f "${load_seconds:--} / $(of "$name" seconds)")" \
        "$(of "$name" cpu)" "$(of "$name" pg_cpu)" "$(of "$name" sim_cpu)" "$(of "$name" idle)%" \
        "$(of "$name" rss)" "$(calc %.1f "$(of "$name" wal) / $rows")" "$(of "$name" requests)"
}

figure() {
    local value=$3 bound=${4:-} target=${5:-} verdict=
    case $bound in
    most) verdict=$(calc %s "($value <= $target) ? \"met\" : \"missed\"") ;;
    least) verdict=$(calc %s "($value >= $target) ? \"met\" : \"missed\"") ;;
    esac
    if [[ -n $verdict && -n $(of "$1" mark) ]]; then
        verdict="void ($verdict)"
    fi
    printf '  %-64s %9s%s\n' "$1: $2" "$value" "${verdict:+   target: at $bound $target, $verdict}"
}

access_token() {
    curl --no-progress-meter --fail-with-body ${ca:+--cacert "$ca"} \
        -d grant_type=refresh_token -d "client_id=$(stage_fact client_id)" \
        --data-urlencode "client_secret=$(stage_fact client_secret)" \
        --data-urlencode "refresh_token=$(cat "$work/refresh_token")" \
        -d "resource=$(stage_fact resource)" \
        "$(stage_fact login_url)/$(stage_fact tenant_id)/oauth2/token" |
        sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'
}

loaded() {
    sed -n "s/.*\"$1\": \([0-9.]*\).*/\1/p" "$work/download"
}

download() {
    "$bin/tests/bench/pcmirror-download" --url "$(stage_fact api_url)" --token "$(access_token)" \
        --paths "$work/paths" --connections 8 ${ca:+--ca "$ca"} ${1:+"$1"} >"$work/download"
    load_seconds=$(loaded seconds)
    load_cpu=$(loaded cpu)
    load_requests=$(loaded requests)
    if [[ -n ${1:-} ]]; then
        parsing=$(calc %.3f "1e6 * $(loaded parsing) / $(loaded records)")
    fi
}

# The yardstick: a download of answers that are there already.
measure_download() {
    download
    download "$@"
    download
    echo "download: $load_requests requests, $load_seconds s, $load_cpu CPU s${parsing:+; parsing alone: $parsing us of CPU a row}"
}

# The other one: COPY of a table's rows into an equal empty one.
measure_copy() {
    local table=$1 rows
    rows=$(sql "select count(*) from $table")
    sql "copy $table to '$work/pg/rows'"
    sql "create table yardstick (like $table including all)"
    measure COPY "$rows" psql -XAtq "$database" -c "\\copy yardstick from '$work/pg/rows'"
    copy_seconds=$(of COPY seconds)
}

user_pages() {
    sql "select format(e'/v1/customers/%s/users?size=500\n/v1/customers/%s/users?size=500&filter=%s', customer_id, customer_id,
        '%7B%22Field%22%3A%22UserState%22%2C%22Value%22%3A%22Inactive%22%2C%22Operator%22%3A%22equals%22%7D')
        from partner_center.customers" >"$work/paths"
}

begin() {
    local -a how=()
    [[ $1 == tls ]] || how=(--plain)
    shift
    stage_start "${how[@]}" "${usual_durability[@]}" -- --seed 2026 \
        --subscriptions 0 --switch spelling_seed=1 --keep-answers 2048 "$@"
    ca=$(stage_fact ca_file)
    copy_seconds=
    load_seconds=
    parsing=
    "$bin/pcmirror" sync customers >"$work/out" 2>&1
}
