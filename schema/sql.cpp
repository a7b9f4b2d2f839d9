#include "schema/sql.hpp"

#include "schema/sql_text.hpp"

namespace pcmirror::sql {
namespace {

/// `n.customer_id = t.customer_id and n.subscription_id = t.subscription_id`
std::string same(const std::vector<std::string>& keys, const std::string& a, const std::string& b) {
    return each(keys, " and ", [&](const std::string& key) {
        return a + "." + key + " = " + b + "." + key;
    });
}

/// `jsonb_build_object('customer_id', t.customer_id, ...)`: the key member of change_log.
std::string key_object(const std::vector<std::string>& keys, const std::string& of) {
    return "jsonb_build_object(" +
           each(
               keys,
               ", ",
               [&](const std::string& key) { return "'" + key + "', " + of + "." + key; }
           ) +
           ")";
}

/// Ties a row to its scope: by customer, or to the only scope of a partner-wide resource.
std::string in_scope(const Resource& resource, const std::string& row) {
    return resource.parent == nullptr ? "true" : row + ".customer_id = s.customer_id";
}

// How an apply comes to rows of the mirror without ever reading a whole table for its few scopes:
// the planner knows nothing of how few they are, and of the tables perhaps what they were long ago.
// So all rows of a customer, and rows by their key, are looked up behind a fence (`offset 0`), once
// for each customer or key; and rows that were looked up are then written where they were found.

/// Joins the mirrored rows `t` that a condition on `m` looks up by the key.
std::string looked_up(const Table& table, const std::string& condition) {
    return " cross join lateral (select m.*, m.ctid as row_ctid from " + mirror_table(table) +
           " m where " + condition + " offset 0) t";
}

/// Ties the rows `t` of the mirror that a statement writes to those that it looked up as `from`.
std::string where_found(const Table& table, const std::string& from, const std::string& alias) {
    return "t.ctid = any (array(select row_ctid from " + from + ")) and " +
           same(key_columns(table), "t", alias);
}

/// Joins the mirrored rows `t` of outer rows `c` that were asked about.
std::string with_mirrored_of_covered(const Table& table) {
    return looked_up(table, same({"customer_id", key_columns(table)[1]}, "m", "c"));
}

/// FROM of the mirrored rows `t` of a table with their scope `s`; of what is read row by row, the
/// rows that belong to the outer rows that were asked about.
std::string mirrored_in_scope(const Resource& resource, const Table& table) {
    if (resource.parent == nullptr)
        return " from stage_scopes s" + looked_up(table, "true");
    if (resource.per_row_of != nullptr)
        return " from stage_scopes s join " + covered_table(resource) +
               " c on c.customer_id = s.customer_id" + with_mirrored_of_covered(table);
    return " from stage_scopes s" + looked_up(table, of_customer("m", "s"));
}

/// A mirrored row as pcmirror.touched_rows has it; NULL where there is none.
std::string as_touched(const std::string& row) {
    return "to_jsonb(" + row + ") - '{first_seen_at,changed_at}'::text[]";
}

bool has_customer(const Table& table) {
    return table.columns.front().name == "customer_id";
}

std::string customer_of(const Table& table, const std::string& row) {
    return has_customer(table) ? row + ".customer_id" : "null::uuid";
}

/// No touch of a row is newer than the reading; `stale_reading` says when one that has not expired
/// makes it stale all the same (invariant I3). A job's own reading is of what it just did. Mostly
/// nothing was touched, which is looked up once; else each row is looked up behind a fence, since a
/// bulk of jobs touches many.
std::string
untouched(const Table& table, const std::string& row, const std::string& stale_reading) {
    const std::string of_resource =
        "exists (select from pcmirror.touched_rows w where w.resource = " + quoted(table.name);
    return "(s.job_id is not null or not ((select " + of_resource + ")) and " + of_resource +
           " and w.customer_id " + (has_customer(table) ? "= " + row + ".customer_id" : "is null") +
           " and w.key = " + key_object(key_columns(table), row) +
           " and (w.asked_at >= s.asked_at or w.expires_at > now() and " + stale_reading +
           ") offset 0)))";
}

/// For `untouched`: a row `n` that was read shows what was before. What listings don't carry, or
/// not always, is in the mirror all the same.
std::string shows_before(const Table& table) {
    std::string left_out;
    for (const Column& column : table.columns) {
        if (column.role != Role::kept)
            continue;
        const std::string name(column.name);
        left_out += (left_out.empty() ? "case when n." : ", case when n.") + name +
                    " is null then " + quoted(name) + " end";
    }
    if (left_out.empty())
        return "to_jsonb(n) @> w.before";
    return "to_jsonb(n) @> (w.before - array_remove(array[" + left_out + "], null))";
}

/// The key or its first part is among the records that exist but could not be read.
std::string not_present(const Resource& resource, const std::string& row) {
    // The first column is always there, so that it can be looked up.
    const std::vector<std::string> keys = key_columns(resource.table());
    const auto equal = [&](const std::string& key) {
        const std::string same = "p." + key + " = " + row + "." + key;
        return key == keys.front() ? same : "(p." + key + " is null or " + same + ")";
    };
    return "not exists (select from " + present_table(resource) + " p where " +
           each(keys, " and ", equal) + ")";
}

std::string not_staged(const Table& table, const std::string& row) {
    return "not exists (select from " + stage_table(table) + " n where " +
           same(key_columns(table), "n", row) + ")";
}

/// FROM and WHERE of the rows `t` of the first table that the listing lacks, with their scope `s`;
/// those of records that exist but could not be read, and touched ones, are left out.
std::string missing(const Resource& resource) {
    const Table& table = resource.table();
    return " from stage_scopes s join " + lacking_table(resource) +
           " l on l.scope_id = s.scope_id" + looked_up(table, same(key_columns(table), "m", "l")) +
           " where s.complete and " + not_present(resource, "t") + " and " +
           untouched(table, "t", "w.before is null");
}

std::string is_confirmed(const Resource& resource, const std::string& row) {
    return "exists (select from " + absent_table(resource) + " a where " +
           same(key_columns(resource.table()), "a", row) + ")";
}

std::string log_columns() {
    return "pcmirror.change_log (run_id, job_id, resource, customer_id, key, operation, old, new)";
}

/// Members of one JSON object that another has otherwise or not at all: an object, or NULL.
std::string differing(const std::string& object, const std::string& other) {
    return "(select jsonb_object_agg(o.key, o.value) from jsonb_each(" + object +
           ") o where o.value is distinct from " + other + " -> o.key)";
}

/// A kept column is not cleared by a listing that does not carry it.
std::string incoming(const Column& column) {
    const std::string name(column.name);
    return column.role == Role::kept ? "coalesce(n." + name + ", t." + name + ")" : "n." + name;
}

/// Compares all that is no key of a row `n` that was read with that of a mirrored one, `t`.
std::string compared(const Table& table, const std::string& how) {
    std::string fresh;
    std::string stored;
    for (const Column& column : table.columns) {
        if (column.role == Role::key)
            continue;
        fresh += incoming(column) + ", ";
        stored += "t." + std::string(column.name) + ", ";
    }
    return "(" + fresh + "n.extra) " + how + " (" + stored + "t.extra)";
}

/// A further part of a WITH list: tells those who read row by row of this table's rows `from`.
std::string
owed(const Resource& resource, bool is_outer, const std::string& from, const std::string& where) {
    if (!is_outer)
        return {};
    const std::string key = key_columns(resource.table())[1];
    return "owed as (insert into pcmirror.owed_reads (resource, customer_id, row_id) select "
           "k.resource, f.customer_id, f." +
           key + "::text from " + from +
           " f join pcmirror.row_reads k on k.customer_id = f.customer_id and k.outer_table = " +
           quoted(resource.name) + where + std::string(owe_once) + "), ";
}

std::string per_scope(const std::string& with) {
    return "with " + with + "select scope_id, count(*) from touched group by scope_id";
}

std::string typed(const Column& column) {
    return std::string(column.name) + " " + std::string(sql_name(column.type));
}

/// A table of this connection that is empty again after each transaction.
std::string temporary(const std::string& name, const std::string& columns) {
    return "create temporary table if not exists " + name + " (" + columns +
           ") on commit delete rows;\n";
}

std::string typed_key(const Table& table) {
    std::vector<std::string> columns;
    for (const Column& column : table.columns)
        if (column.role == Role::key)
            columns.push_back(typed(column));
    return listed(columns);
}

std::string create_stage(const Table& table) {
    std::string columns;
    for (const Column& column : table.columns)
        columns += typed(column) + ", ";
    const std::string name = stage_table(table);
    return temporary(name, columns + "extra jsonb, ordinal bigint generated always as identity") +
           "create index if not exists " + name + "_key on " + name + " (" +
           listed(key_columns(table)) + ");\n";
}

} // namespace

std::string mirror_table(const Table& table) {
    return "partner_center." + std::string(table.name);
}

std::string stage_table(const Table& table) {
    return "stage_" + std::string(table.name);
}

std::string present_table(const Resource& resource) {
    return "present_" + std::string(resource.name);
}

std::string absent_table(const Resource& resource) {
    return "absent_" + std::string(resource.name);
}

std::string covered_table(const Resource& resource) {
    return "covered_" + std::string(resource.name);
}

std::string lacking_table(const Resource& resource) {
    return "lacking_" + std::string(resource.name);
}

std::vector<std::string> stage_columns(const Table& table) {
    std::vector<std::string> names;
    for (const Column& column : table.columns)
        names.emplace_back(column.name);
    names.emplace_back("extra");
    return names;
}

std::vector<std::string> key_columns(const Table& table) {
    std::vector<std::string> names;
    for (const Column& column : table.columns)
        if (column.role == Role::key)
            names.emplace_back(column.name);
    return names;
}

std::string create_staging(const Resource& resource) {
    std::string text = temporary(
        "stage_scopes",
        "scope_id bigint, customer_id uuid, asked_at timestamptz, complete boolean, "
        "compare_all boolean, may_delete boolean, must_confirm boolean, job_id bigint"
    );
    for (const Table& table : resource.tables)
        text += create_stage(table);
    const std::string key = typed_key(resource.table());
    text += temporary(present_table(resource), key);
    text += temporary(absent_table(resource), key);
    text += temporary(lacking_table(resource), "scope_id bigint, " + key);
    if (resource.per_row_of != nullptr)
        text += temporary(
            covered_table(resource), "customer_id uuid, " + typed(resource.table().columns[1])
        );
    return text;
}

std::string clear_staging(const Resource& resource) {
    std::vector<std::string> tables{"stage_scopes"};
    for (const Table& table : resource.tables)
        tables.push_back(stage_table(table));
    for (std::string name :
         {present_table(resource), absent_table(resource), lacking_table(resource)})
        tables.push_back(std::move(name));
    if (resource.per_row_of != nullptr)
        tables.push_back(covered_table(resource));
    return each(tables, "; ", [](const std::string& table) { return "delete from " + table; });
}

std::string read_kept(const Resource& resource) {
    const Table& table = resource.table();
    const std::string touched =
        "select from pcmirror.touched_rows w where w.resource = " + quoted(table.name);
    std::string none = "not exists (select from " + mirror_table(table) + " m";
    if (resource.parent != nullptr)
        none += " where " + of_customer("m", "v");
    return "select v.scope_id, " + none +
           "), case when encode(s.digest, 'hex') = v.digest and s.fingerprint = v.fingerprint then "
           "h.hashes end, case when v.customer_id is null then exists (" +
           touched + ") else exists (" + touched +
           " and w.customer_id = v.customer_id) end from "
           "unnest($1::bigint[], "
           "$2::uuid[], $3::text[], $4::bigint[]) as v (scope_id, customer_id, digest, "
           "fingerprint) left join pcmirror.sync_scopes s on s.scope_id = v.scope_id left join "
           "lateral (select hashes from pcmirror.scope_hashes o where o.scope_id = v.scope_id and "
           "o.part = 0 offset 0) h on true";
}

std::string count_covered(const Resource& resource) {
    const Table& table = resource.table();
    const Column& key = table.columns[1];
    return "select v.customer_id::text, coalesce(m.rows, 0), exists (select from "
           "pcmirror.touched_rows w where w.resource = " +
           quoted(table.name) +
           " and w.customer_id = v.customer_id) from unnest($1::uuid[]) as v (customer_id) left "
           "join (select c.customer_id, count(*) as rows from unnest($2::uuid[], $3::" +
           std::string(sql_name(key.type)) + "[]) as c (customer_id, " + std::string(key.name) +
           ")" + with_mirrored_of_covered(table) +
           " group by c.customer_id) m on m.customer_id = v.customer_id";
}

std::string count_same(const Resource& resource) {
    const Table& table = resource.table();
    const std::vector<std::string> names = stage_columns(table);
    std::string arrays;
    std::string values;
    for (std::size_t at = 0; at < names.size(); ++at) {
        const std::string separator = at == 0 ? "" : ", ";
        const bool is_extra = at == table.columns.size();
        arrays += separator + "$" + std::to_string(at + 1) + "::text[]";
        values += separator + names[at] +
                  "::" + std::string(is_extra ? "jsonb" : sql_name(table.columns[at].type)) +
                  " as " + names[at];
    }
    return "select n.customer_id::text, count(*) from (select " + values + " from unnest(" +
           arrays + ") as v (" + listed(names) + ")) n" +
           looked_up(table, same(key_columns(table), "m", "n")) + " where " +
           compared(table, "is not distinct from") + " group by n.customer_id";
}

std::string read_row(const Table& table) {
    std::string condition;
    int place = 0;
    for (const Column& column : table.columns)
        if (column.role == Role::key)
            condition += (condition.empty() ? "t." : " and t.") + std::string(column.name) +
                         " = ($1::text[])[" + std::to_string(++place) +
                         "]::" + std::string(sql_name(column.type));
    return "select to_jsonb(t)::text from " + mirror_table(table) + " t where " + condition;
}

std::string list_keys(const Resource& resource) {
    const auto as_text = [](const std::string& key) { return "t." + key + "::text"; };
    return "select s.scope_id, " + each(key_columns(resource.table()), ", ", as_text) +
           mirrored_in_scope(resource, resource.table()) + " where s.scope_id = any ($1::bigint[])";
}

std::string find_lacking(const Resource& resource) {
    const Table& table = resource.table();
    return "insert into " + lacking_table(resource) + " select s.scope_id, " +
           listed(key_columns(table), "t.") + mirrored_in_scope(resource, table) +
           " where s.complete and s.compare_all and " + not_staged(table, "t");
}

std::string drop_duplicates(const Table& table) {
    const std::string name = stage_table(table);
    return "delete from " + name + " n using " + name + " later where " +
           same(key_columns(table), "n", "later") + " and n.ordinal < later.ordinal";
}

std::string count_mirrored(const Resource& resource, const std::string& scope) {
    // What is read in portions is counted up with each of them.
    if (resource.per_row_of != nullptr)
        return "coalesce((select k.row_count from pcmirror.sync_scopes k where k.resource = " +
               quoted(resource.name) + " and k.customer_id = " + scope + ".customer_id), 0)";
    return "(select count(*) from " + mirror_table(resource.table()) + " m" +
           (resource.parent == nullptr ? "" : " where " + of_customer("m", scope)) + ")";
}

std::string count_missing(const Resource& resource) {
    return "with missing as (select s.scope_id, " + is_confirmed(resource, "t") + " as confirmed" +
           missing(resource) +
           "), counted as (select scope_id, count(*) as lacking, count(*) filter (where "
           "confirmed) as confirmed from missing group by scope_id) select s.scope_id, " +
           count_mirrored(resource, "s") +
           ", coalesce(c.lacking, 0), coalesce(c.confirmed, 0) from stage_scopes s left join "
           "counted c using (scope_id)";
}

std::string list_missing(const Resource& resource) {
    return "select s.scope_id, " +
           each(
               key_columns(resource.table()),
               ", ",
               [](const std::string& key) { return "t." + key + "::text"; }
           ) +
           missing(resource) + " and not " + is_confirmed(resource, "t") + " order by s.scope_id";
}

std::string update_rows(const Resource& resource, const Table& table, bool is_outer) {
    const std::vector<std::string> keys = key_columns(table);
    std::string assignments;
    for (const Column& column : table.columns) {
        if (column.role == Role::key)
            continue;
        const std::string name(column.name);
        assignments +=
            name + " = " +
            (column.role == Role::kept ? "coalesce(c." + name + ", t." + name + ")" : "c." + name) +
            ", ";
    }
    const std::string bare = " - '{row_ctid,first_seen_at,changed_at}'::text[]";
    const std::string reread = resource.reread_when.empty() ? "" : quoted(resource.reread_when);
    return per_scope(
        "changed as (select s.scope_id, s.job_id, n.*, t.row_ctid, to_jsonb(t)" + bare +
        " as old_row from stage_scopes s join " + stage_table(table) + " n on " +
        in_scope(resource, "n") + looked_up(table, same(keys, "m", "n")) + " where " +
        compared(table, "is distinct from") + " and " + untouched(table, "n", shows_before(table)) +
        "), updated as (update " + mirror_table(table) + " t set " + assignments +
        "extra = c.extra, changed_at = now() from changed c where " +
        where_found(table, "changed", "c") + " returning c.scope_id, c.job_id, " +
        listed(keys, "t.") + ", c.old_row, to_jsonb(t)" + bare + " as new_row), " +
        owed(
            resource,
            is_outer && !reread.empty(),
            "updated",
            " where f.old_row -> " + reread + " is distinct from f.new_row -> " + reread
        ) +
        "touched as (select scope_id from updated), logged as (insert into " + log_columns() +
        " select $1, u.job_id, " + quoted(table.name) + ", " + customer_of(table, "u") + ", " +
        key_object(keys, "u") + ", 'update', " + differing("u.old_row", "u.new_row") + ", " +
        differing("u.new_row", "u.old_row") + " from updated u) "
    );
}

std::string insert_rows(const Resource& resource, const Table& table, bool is_outer) {
    const std::vector<std::string> keys = key_columns(table);
    const std::vector<std::string> columns = stage_columns(table);
    return per_scope(
        "added as (insert into " + mirror_table(table) + " as t (" + listed(columns) + ") select " +
        listed(columns, "n.") + " from stage_scopes s join " + stage_table(table) + " n on " +
        // A look-up by key for each row, whatever the planner thinks of the table's size.
        in_scope(resource, "n") + " where (select true from " + mirror_table(table) +
        " old where " + same(keys, "old", "n") + ") is null and " +
        untouched(table, "n", shows_before(table)) + " returning " + listed(keys, "t.") + "), " +
        owed(resource, is_outer, "added", "") + "logged as (insert into " + log_columns() +
        " select $1, s.job_id, " + quoted(table.name) + ", " + customer_of(table, "r") + ", " +
        key_object(keys, "r") + ", 'insert', null, null from added r join stage_scopes s on " +
        in_scope(resource, "r") +
        "), touched as (select s.scope_id from added r join stage_scopes s on " +
        in_scope(resource, "r") + ") "
    );
}

std::string delete_rows(const Resource& resource, const Table& table, bool is_outer) {
    const std::vector<std::string> keys = key_columns(table);
    std::string which;
    if (table.nested_in.empty()) {
        which = "select s.scope_id, s.job_id, t.row_ctid, " + listed(keys, "t.") +
                missing(resource) + " and s.may_delete and (not s.must_confirm or " +
                is_confirmed(resource, "t") + ")";
    } else {
        // An element is gone when its record was read without it, or when the record itself goes.
        const Table& record = resource.table();
        const std::vector<std::string> record_keys = key_columns(record);
        which = "select s.scope_id, s.job_id, t.row_ctid, " + listed(keys, "t.") +
                mirrored_in_scope(resource, table) + " where " + not_staged(table, "t") +
                " and (exists (select from " + stage_table(record) + " r where " +
                same(record_keys, "r", "t") + ") or exists (select from (select " +
                listed(record_keys, "t.") + missing(resource) +
                " and s.may_delete and (not s.must_confirm or " + is_confirmed(resource, "t") +
                ")) g where " + same(record_keys, "g", "t") + "))";
    }
    return per_scope(
        "doomed as (" + which + "), gone as (delete from " + mirror_table(table) +
        " t using doomed d where " + where_found(table, "doomed", "d") +
        " returning d.scope_id, d.job_id, " + listed(keys, "t.") + ", to_jsonb(t) as old_row), " +
        owed(resource, is_outer, "gone", "") +
        "touched as (select scope_id from gone), logged as (insert into " + log_columns() +
        " select $1, g.job_id, " + quoted(table.name) + ", " + customer_of(table, "g") + ", " +
        key_object(keys, "g") + ", 'delete', g.old_row, null from gone g) "
    );
}

std::string rows_to_touch(const Resource& resource) {
    const Table& table = resource.table();
    const std::vector<std::string> keys = key_columns(table);
    std::string from = "select " + listed(keys) + " from " + stage_table(table);
    if (resource.per_row_of != nullptr)
        from += " union select " + listed(keys, "t.") + mirrored_in_scope(resource, table);
    return "select coalesce((" + customer_of(table, "k") + ")::text, ''), " +
           key_object(keys, "k") + "::text, (" + as_touched("t") + ")::text from (" + from +
           ") k left join lateral (select m.* from " + mirror_table(table) + " m where " +
           same(keys, "m", "k") + " offset 0) t on true";
}

std::string forget_held(const Resource& resource) {
    const std::string key = key_columns(resource.table())[1];
    return "delete from pcmirror.owed_reads o using " + covered_table(resource) +
           " c where o.customer_id = c.customer_id and o.resource = " + quoted(resource.name) +
           " and o.row_id = c." + key +
           "::text and o.again and o.held is not null returning o.customer_id::text, o.row_id, "
           "cardinality(o.held)";
}

std::string hold_missing(const Resource& resource) {
    const std::string key = "t." + key_columns(resource.table())[1];
    return "insert into pcmirror.owed_reads (resource, customer_id, row_id, again, held) select " +
           quoted(resource.name) + ", t.customer_id, " + key + "::text, true, array_agg(t." +
           key_columns(resource.table()).back() + "::text)" + missing(resource) +
           " and not s.may_delete group by t.customer_id, " + key + std::string(owe_once) +
           " returning customer_id::text, row_id, to_json(held)::text";
}

std::string forget_gone(const Resource& resource) {
    const std::string key(resource.per_row_of->table().columns[1].name);
    const auto nowhere = [&](const Table& table) {
        return " and not exists (select from " + mirror_table(table) +
               " m where m.customer_id = o.customer_id and m." + key + "::text = o.row_id)";
    };
    // Who asked about it while it was there has written what it read by then.
    return "delete from pcmirror.owed_reads o using stage_scopes s where s.may_delete and "
           "o.customer_id = s.customer_id and o.resource = " +
           quoted(resource.name) + " and o.owed_at < now() - interval '1 day'" +
           nowhere(resource.per_row_of->table()) + nowhere(resource.table());
}

std::string lock_leaving_customers(const Resource& customers) {
    return "select t.customer_id::text from " + mirror_table(customers.table()) +
           " t where t.customer_id in (select t.customer_id" + missing(customers) +
           " and s.may_delete and (not s.must_confirm or " + is_confirmed(customers, "t") +
           ")) order by t.customer_id for update";
}

std::string touch_removed(const Resource& customers) {
    const Table& table = customers.table();
    const std::vector<std::string> keys = key_columns(table);
    return "insert into pcmirror.touched_rows (resource, customer_id, key, asked_at, before, "
           "expires_at) select " +
           quoted(table.name) + ", v.customer_id, " + key_object(keys, "v") + ", now(), " +
           as_touched("t") + ", now() + " + std::string(longest_read_lag) +
           " from unnest($1::uuid[]) v (customer_id) left join " + mirror_table(table) + " t on " +
           same(keys, "t", "v");
}

std::string delete_children(const Table& table) {
    return "with gone as (delete from " + mirror_table(table) +
           " t where t.ctid = any (array(select t.row_ctid from unnest($2::uuid[]) v "
           "(customer_id)" +
           looked_up(table, of_customer("m", "v")) + ")) returning t.customer_id, " +
           key_object(key_columns(table), "t") +
           " as key, to_jsonb(t) as old_row), logged as (insert into " + log_columns() +
           " select $1, $3::bigint, " + quoted(table.name) +
           ", customer_id, key, 'delete', old_row, null from gone) select count(*) from gone";
}

} // namespace pcmirror::sql
