# What a daemon costs that has nothing to do. To be sourced by tests/bench/jobs.

# The WAL between two positions, by kind of record: bytes, records, whose it is, kind. "PostgreSQL" is what the server
# notes by itself, whether it has clients or not: checkpoints, and after one the transactions that run. "Onlookers"
# are the sessions that look at all this from another database.
list_wal() {
    local mirror
    mirror=$(sql "select oid from pg_database where datname = current_database()")
    if [[ $1 == "$2" ]]; then
        return
    fi
    "$(outside "select setting from pg_config where name = 'BINDIR'")/pg_waldump" \
        --path "$work/pg/data/pg_wal" --start "$1" --end "$2" 2>"$work/err" |
        awk -v mirror="$mirror" '
            {
                match($0, /\(rec\/tot\): *[0-9]+\/ */)
                size = substr($0, RSTART + RLENGTH) + 0
                match($0, /desc: [A-Z_0-9+]*/)
                kind = $2 " " substr($0, RSTART + 6, RLENGTH - 6)
                whose = "daemon"
                if (kind ~ /^Standby RUNNING_XACTS|^XLOG CHECKPOINT/)
                    whose = "PostgreSQL"
                else if (match($0, /rel [0-9]+\/[1-9][0-9]*\//) && $0 !~ ("rel [0-9]+/" mirror "/"))
                    whose = "onlookers"
                bytes[whose " " kind] += size
                ++records[whose " " kind]
            }
            END {
                for (one in bytes)
                    print bytes[one], records[one], one
            }'
}

wal_of() {
    awk -v whose="$1" '$3 == whose { sum += $1 } END { print sum + 0 }' "$work/wal"
}

# Transactions and rows written, of all sessions of the mirror's database.
database_counts() {
    outside "select xact_commit + xact_rollback, tup_inserted + tup_updated + tup_deleted
        from pg_stat_database where datname = 'pcmirror'"
}

mode_idle() {
    local seconds=${1:-70} queue_looked_at_every=30 counted from to transactions rows transactions_after rows_after
    local whose bytes records kind
    # A session tells what it did when it has been idle for 10 s.
    local until_told=12
    begin_queue
    count_statements
    outside "alter system set autovacuum = off"
    outside "select pg_reload_conf()" >"$work/out"
    start_daemon
    sleep $until_told
    print_title "pcmirror run with an empty queue and nothing due, $seconds s"
    outside checkpoint
    forget_statements
    from=$(outside "select pg_current_wal_flush_lsn()")
    IFS='|' read -r transactions rows < <(database_counts)
    sleep "$seconds"
    to=$(outside "select pg_current_wal_flush_lsn()")
    IFS='|' read -r transactions_after rows_after < <(database_counts)
    measured+=([idle.mark]=)
    list_wal "$from" "$to" >"$work/wal"
    figure idle "WAL of the daemon, B" "$(wal_of daemon)" most 0
    figure idle "WAL of PostgreSQL itself, B" "$(wal_of PostgreSQL)"
    figure idle "WAL of those that measure, B" "$(wal_of onlookers)"
    sort -k 3,3 -k 1,1nr "$work/wal" | while read -r bytes records whose kind; do
        echo "  $whose: $bytes B in $records of $kind"
    done
    figure idle "rows written" "$((rows_after - rows))" most 0
    figure idle "transactions" "$((transactions_after - transactions))"
    if $counted; then
        figure idle "statements" "$(statements "select coalesce(sum(calls), 0) from s")"
        figure idle "the same statement on the queue, times" \
            "$(statements "select coalesce(max(calls), 0) from s where query ~* 'pcmirror\.jobs'")" \
            most $((1 + seconds / queue_looked_at_every))
        statements "select format('  %s times, %s B: %s', calls, wal_bytes, left(query, 110)) from s
            order by calls desc, query"
    fi
    stage_end
}
