# What PostgreSQL was asked on the stage of measure.sh, by pg_stat_statements. To be sourced after it.
#
#   count_statements        from here on they are counted; sets $counted: false where this PostgreSQL can't.
#                           The server starts anew for it
#   forget_statements       counts from zero
#   statements SQL          asks the table "s" of the statements of the mirror's database: query, calls, plan_us,
#                           total_us (with plan_us), wal_bytes, pages; what only begins and ends transactions left out
#   outside SQL             asks in a session that the mirror's database does not count

outside() {
    psql -XAtq "postgresql://postgres@/postgres?host=$work/pg" -c "$1"
}

count_statements() {
    counted=false
    if [[ -z $(outside "select 1 from pg_available_extensions where name = 'pg_stat_statements'") ]]; then
        echo "this PostgreSQL has no pg_stat_statements: statements are not counted"
        return
    fi
    "$source_dir/tests/support/cluster" stop "$work/pg"
    "$source_dir/tests/support/cluster" start "$work/pg" "${usual_durability[@]}" \
        shared_preload_libraries=pg_stat_statements pg_stat_statements.track_planning=on >"$work/out"
    outside "create extension pg_stat_statements"
    counted=true
}

forget_statements() {
    if $counted; then
        outside "select pg_stat_statements_reset()" >"$work/out"
    fi
}

statements() {
    outside "with s as (
            select trim(regexp_replace(p.query, '\s+', ' ', 'g')) as query,
                sum(p.calls) as calls,
                1000 * sum(p.total_plan_time)::numeric as plan_us,
                1000 * sum(p.total_plan_time + p.total_exec_time)::numeric as total_us, sum(p.wal_bytes) as wal_bytes,
                sum(p.shared_blks_hit + p.shared_blks_read) as pages
            from pg_stat_statements p join pg_database d on d.oid = p.dbid
            where d.datname = 'pcmirror' and p.query !~* '^\s*(begin|start transaction|commit|rollback)'
            group by p.query)
        $1"
}
