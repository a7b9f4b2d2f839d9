# What unchanged passes leave behind in the engine's own tables, the catalogue and the WAL. To be sourced by
# tests/bench/users.

table_sizes() {
    sql "select n.nspname || '.' || c.relname, pg_total_relation_size(c.oid)
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and n.nspname in ('pcmirror', 'pg_catalog') order by (n.nspname || '.' || c.relname) collate \"C\""
}

# kB of a schema's tables in such a list.
size_of() {
    awk -F '|' -v start="$2." 'index($1, start) == 1 { sum += $2 } END { printf "%.0f", sum / 1024 }' "$1"
}

mode_bookkeeping() {
    local users customers pass schema before after wal
    IFS=/ read -r users customers <<<"${1:-10000/1000}"
    begin plain --customers "$customers" --users "$(calc %.3f "$users / ($customers - 1)")"
    user_pages
    print_heading "bookkeeping of $users users of $customers customers"
    measure_download
    measure first "$users" "$bin/pcmirror" sync users
    for pass in 1 2 3 4 5 6 7 8 9 10; do
        measure "unchanged $pass" "$users" "$bin/pcmirror" sync users
        table_sizes >"$work/sizes.$pass"
    done
    for schema in pcmirror pg_catalog; do
        before=$(size_of "$work/sizes.1" $schema)
        after=$(size_of "$work/sizes.10" $schema)
        figure "unchanged 10" "$schema.*, $after kB, times that of the 1st" "$(calc %.2f "$after / $before")" most 1.5
    done
    wal=$(of "unchanged 10" wal)
    figure "unchanged 10" "WAL a scope, B" "$(calc %.0f "$wal / $customers")"
    figure "unchanged 10" "WAL, times that of the 2nd" "$(calc %.2f "$wal / $(of "unchanged 2" wal)")" most 1.5
    LC_ALL=C join -t '|' "$work/sizes.1" "$work/sizes.10" |
        awk -F '|' '$3 > $2 { printf "  %s grew from %.0f to %.0f kB\n", $1, $2 / 1024, $3 / 1024 }'
    stage_end
}
