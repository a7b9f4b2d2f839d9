# For scripts that show or measure pcmirror at work: a private PostgreSQL, a simulated Partner
# Center and a configuration in one temporary directory. To be sourced.
#
#   stage_build                       installs missing packages, builds; sets $bin; $extra_target is
#                                     one of the benchmarks to build, too
#                                     (PCMIRROR_BUILD names a finished build directory instead)
#   stage_start [--plain] CLUSTER -- SIMULATOR
#                                     starts both with these options and settings, over TLS or not;
#                                     sets $work, $database, $control_url, $PCMIRROR_CONFIG;
#                                     $budget, $concurrency, $schedules and $admin (an address) go into
#                                     the configuration
#   stage_call METHOD PATH [BODY]     asks the simulator's control endpoint; prints the answer's body
#   stage_end                         ends and removes all; run at exit
#
# $source_dir must be the project's directory.

every_few_seconds='  customers: { every: 5s }
  subscriptions: { every: 10s }
  users: { every: 10s }
  subscribed_skus: { every: 10s }
  user_licenses: { every: 20s }'

stage_build() {
    "$source_dir/tests/install-packages"
    bin=${PCMIRROR_BUILD:-}
    if [[ -z $bin ]]; then
        cd "$source_dir"
        cmake --preset release --log-level=WARNING ${extra_target:+-DPCMIRROR_BENCH=ON}
        cmake --build --preset release --parallel "$(nproc)" --target pcmirror pcmirror-simulator \
            ${extra_target:+"$extra_target"}
        bin=$source_dir/build/release
    fi
}

stage_end() {
    local pid
    trap - EXIT INT TERM
    for pid in ${daemon_pid:-} ${simulator_pid:-}; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    daemon_pid=
    "$source_dir/tests/support/cluster" remove "$work/pg"
    rm -rf "$work"
}

stage_fact() {
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/simulator.json"
}

stage_call() {
    curl --no-progress-meter --fail-with-body -X "$1" "$control_url$2" ${3:+--json "$3"}
}

stage_start() {
    local -a settings=() transport=(--tls)
    local server
    if [[ $1 == --plain ]]; then
        transport=()
        shift
    fi
    while [[ $1 != -- ]]; do
        settings+=("$1")
        shift
    done
    shift
    # PostgreSQL's user must get to its directory, and a socket's path must be short.
    work=$(mktemp -d "${TMPDIR:-/tmp}/pcmirror-XXXXXX")
    chmod 755 "$work"
    trap stage_end EXIT
    trap 'exit 130' INT TERM
    server=$("$source_dir/tests/support/cluster" start "$work/pg" "${settings[@]}")
    psql -q "$server" -c 'create database pcmirror'
    database="postgresql://postgres@/pcmirror?host=$work/pg"
    "$bin/tests/simulator/pcmirror-simulator" "${transport[@]}" --cert-dir "$work/certificates" "$@" \
        >"$work/simulator.json" 2>"$work/simulator.log" &
    simulator_pid=$!
    until [[ -s $work/simulator.json ]]; do
        kill -0 "$simulator_pid" 2>/dev/null || { cat "$work/simulator.log" >&2; exit 1; }
        sleep 0.1
    done
    control_url=$(stage_fact control_url)
    stage_fact client_secret >"$work/client_secret"
    stage_fact refresh_token >"$work/refresh_token"
    chmod 600 "$work/client_secret" "$work/refresh_token"
    mkdir "$work/state"
    export PCMIRROR_CONFIG=$work/pcmirror.yaml
    cat >"$PCMIRROR_CONFIG" <<CONFIG
partner_center:
  api_url: $(stage_fact api_url)
  login_url: $(stage_fact login_url)
  resource: $(stage_fact resource)
  tenant_id: $(stage_fact tenant_id)
  client_id: $(stage_fact client_id)
  client_secret_file: client_secret
  refresh_token_file: refresh_token
  tls_ca_file: $(stage_fact ca_file)
  requests_per_minute: ${budget:-60000}   # the real service grants 500
  concurrency: ${concurrency:-16}
database:
  url: $database
schedules:
${schedules:-$every_few_seconds}
admin:
  listen: "${admin:-}"
state_directory: $work/state
CONFIG
}
