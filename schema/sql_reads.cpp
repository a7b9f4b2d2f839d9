#include "schema/sql_reads.hpp"

#include "schema/sql.hpp"
#include "schema/sql_text.hpp"

namespace pcmirror::sql {

RowReads::RowReads(const Resource& resource)
    : resource_(resource), own_(mirror_table(resource.table())),
      outer_(mirror_table(resource.per_row_of->table())),
      key_(resource.per_row_of->table().columns[1].name),
      type_(sql_name(resource.per_row_of->table().columns[1].type)) {}

std::string RowReads::dormant(const std::string& row) const {
    if (resource_.earned == nullptr)
        return "false";
    const Condition& condition = resource_.earned->dormant;
    return "coalesce(" + row + "." + std::string(condition.column) + " = " +
           quoted(condition.value) + ", false)";
}

std::string RowReads::count_outer() const {
    return "select count(*) from " + outer_ + " where customer_id = $1::uuid";
}

std::string RowReads::owed_rows() const {
    return "select o.owed_id, o.row_id, u." + key_ + " is not null, " + dormant("u") +
           ", o.held is not null from pcmirror.owed_reads o left join " + outer_ +
           " u on u.customer_id = o.customer_id and u." + key_ + " = o.row_id::" + type_ +
           " where o.customer_id = $1::uuid and o.resource = $2 and o.owed_id > $3::bigint and "
           "o.owed_id <= $4::bigint and o.again = $6::boolean and (o.held is null or $7::boolean "
           "or u." +
           key_ + " is null) order by o.owed_id limit $5::integer";
}

std::string RowReads::guarded() const {
    return "select c.customer_id::text, coalesce((select sum(cardinality(o.held)) from "
           "pcmirror.owed_reads o where o.customer_id = c.customer_id and o.resource = $2 and "
           "o.held is not null), 0), coalesce(k.guard_deleted, 0), coalesce(k.guard_in_order, 0), "
           "coalesce(k.guard_deleted_in_order, 0) from unnest($1::uuid[]) as c (customer_id) left "
           "join pcmirror.row_reads k on k.customer_id = c.customer_id and k.resource = $2 and "
           "k.guard_since > now() - interval '1 day'";
}

std::string RowReads::outer_scope() const {
    return "select state, last_success_at, coalesce(last_error, '') from pcmirror.sync_scopes "
           "where "
           "customer_id = $1::uuid and resource = " +
           quoted(resource_.per_row_of->name);
}

std::string RowReads::recount() const {
    return "update pcmirror.sync_scopes set row_count = (select count(*) from " + own_ +
           " where customer_id = $1::uuid) where scope_id = $2::bigint and lease_token = "
           "$3::bigint and lease_daemon is not null";
}

std::string RowReads::load() const {
    const std::string anew = resource_.earned == nullptr ? "true or $4::boolean" : "$4::boolean";
    // Counted is only what a whole reading has begun with; for all else the scope knows its rows.
    return "select coalesce(sum(n.to_come) filter (where w.whole), 0)::bigint, "
           "coalesce(sum(n.owed), 0)::bigint, coalesce(sum(o.row_count), 0)::bigint, "
           "coalesce(sum(floor(o.row_count * n.elapsed / $5::double precision)) filter (where not "
           "w.whole), 0)::bigint from pcmirror.sync_scopes o left join pcmirror.sync_scopes s on "
           "s.resource = $1 and s.customer_id = o.customer_id left join pcmirror.row_reads k on "
           "k.resource = $1 and k.customer_id = o.customer_id cross join lateral (select " +
           anew +
           " or coalesce(s.fingerprint, 0) not in (0, $2::bigint) as anew) d cross join lateral "
           "(select d.anew or coalesce(k.whole, true) as whole) w cross join lateral (select "
           "case when d.anew or k.read_to is null then o.row_count else (select count(*) from " +
           outer_ + " u where " + of_customer("u", "o") + " and u." + key_ +
           " > k.read_to::" + type_ +
           ") end as to_come, (select count(distinct r.row_id) from pcmirror.owed_reads r join " +
           outer_ + " u on u.customer_id = r.customer_id and u." + key_ + " = r.row_id::" + type_ +
           " where r.customer_id = o.customer_id and r.resource = $1 and r.held is null) as owed, "
           "least(greatest(extract(epoch from now() - k.rolled_at)::double precision, 0), $5) as "
           "elapsed) n where o.resource = " +
           quoted(resource_.per_row_of->name) +
           " and o.last_success_at is not null and o.state not in ('refused', 'excluded') and "
           "case when $3 = '' then coalesce(s.state, 'ok') not in ('refused', "
           "'excluded') else o.customer_id = any (nullif($3, '')::uuid[]) end";
}

std::string RowReads::last_owed() const {
    return "select coalesce(max(owed_id), 0) from pcmirror.owed_reads where customer_id = "
           "$1::uuid and resource = $2";
}

std::string RowReads::turn(const std::string& after) const {
    return "select u." + key_ + "::text, " + dormant("u") + " from " + outer_ +
           " u where u.customer_id = $1::uuid" + after + " order by u." + key_ +
           " limit $2::bigint";
}

std::string RowReads::first_rows() const {
    return turn("");
}

std::string RowReads::rows_after() const {
    return turn(" and u." + key_ + " > $3::" + type_);
}

std::string RowReads::differences() const {
    const std::string by(resource_.earned->counted_by);
    const std::string parts =
        "select $1::uuid as customer_id, " + by + ", count(*) as rows, 0 as held from " + own_ +
        " where customer_id = $1::uuid group by " + by +
        " union all select $1::uuid, unnest(held), 0, 1 from pcmirror.owed_reads where "
        "customer_id = $1::uuid and resource = $2 and held is not null and not $4::jsonb ? row_id "
        "union all select $1::uuid, jsonb_array_elements_text(value), 0, 1 from "
        "jsonb_each($4::jsonb) union all select $1::uuid, key, value::bigint, 0 from "
        "jsonb_each_text(coalesce(nullif($3, '')::jsonb, '{}'))";
    return "select " + by + ", difference, counted, held from (" +
           compared(" where customer_id = $1::uuid", parts) + ") d";
}

std::string RowReads::all_differences() const {
    const std::string by(resource_.earned->counted_by);
    const std::string parts =
        "select customer_id, " + by + ", count(*) as rows, 0 as held from " + own_ +
        " group by customer_id, " + by +
        " union all select customer_id, unnest(held), 0, 1 from pcmirror.owed_reads where "
        "resource = $1 and held is not null";
    return "select customer_id::text, " + by + ", difference, held from (" + compared("", parts) +
           ") d order by customer_id";
}

std::string RowReads::compared(const std::string& customers, const std::string& parts) const {
    const EarnedReads& earned = *resource_.earned;
    const std::string by(earned.counted_by);
    const std::string counters = mirror_table(earned.counters->table());
    const std::string count(earned.count);
    const std::string uncounted(earned.uncounted.column);
    const std::string mirrored = "select customer_id, " + by +
                                 ", sum(rows)::bigint as rows, sum(held)::bigint as held from (" +
                                 parts + ") parts group by customer_id, " + by +
                                 " having sum(rows) > 0";
    // What is mirrored and counted by nobody any more counts as zero, once counters were read.
    return "select customer_id, " + by + ", coalesce(c." + count +
           ", 0) - coalesce(m.rows, 0) as difference, coalesce(c." + count +
           ", 0) as counted, coalesce(m.held, 0) as held from (select * from " + counters +
           customers + ") c full join (" + mirrored + ") m using (customer_id, " + by +
           ") where case when c.customer_id is null then exists (select from "
           "pcmirror.sync_scopes s where s.resource = " +
           quoted(earned.counters->name) +
           " and s.customer_id = m.customer_id and s.last_success_at is not null) else c." + count +
           " is not null and c." + uncounted + " is distinct from " +
           quoted(earned.uncounted.value) + " end";
}

std::string RowReads::places() const {
    return "select k.customer_id::text, coalesce(k.agreed::text, ''), coalesce(k.expected::text, "
           "''), coalesce(k.hunted::text, ''), coalesce(k.hunt_class, -1), coalesce(k.hunt_to, '') "
           "from pcmirror.row_reads k join pcmirror.sync_scopes s on s.resource = k.resource and "
           "s.customer_id = k.customer_id join pcmirror.sync_scopes o on o.customer_id = "
           "k.customer_id and o.resource = " +
           quoted(resource_.per_row_of->name) +
           " where k.resource = $1 and k.agreed is not null and not k.whole and s.state not in "
           "('refused', 'excluded') and o.state <> 'refused'";
}

std::string RowReads::count_suspects() const {
    return classed() +
           "select class, count(*) from classed where class = 0 or $6::integer < 0 or (class, " +
           key_ + ") > ($6::integer, nullif($7, '')::" + type_ + ") group by class";
}

std::string RowReads::changed_suspects() const {
    return ordered_suspects(" where class = 0");
}

std::string RowReads::suspects() const {
    return ordered_suspects(" where (class > 0 or $7::boolean)");
}

std::string RowReads::suspects_after() const {
    return ordered_suspects(
        " where (class > 0 or $7::boolean) and (place, " + key_ + ") > ($8::integer, $9::" + type_ +
        ")"
    );
}

std::string RowReads::ordered_suspects(const std::string& after) const {
    return classed() + "select " + key_ + "::text as id, dormant, place from classed" + after +
           " order by place, " + key_ + " limit $6::bigint";
}

std::string RowReads::classed() const {
    const EarnedReads& earned = *resource_.earned;
    const std::string by(earned.counted_by);
    const std::string held =
        " from " + own_ + " m where m.customer_id = u.customer_id and m." + key_ + " = u." + key_;
    // Whoever changed since the last pass, who may have lost something, who has nothing yet, the
    // rest. A dormant row gets nothing new.
    return "with judged as (select u." + key_ + ", " + dormant("u") +
           " as dormant, coalesce(u.changed_at > (select s.last_success_at from "
           "pcmirror.sync_scopes s where s.resource = $2 and s.customer_id = u.customer_id), "
           "false) as changed, u." +
           std::string(earned.eligible_with) + " is not null as eligible, exists (select" + held +
           ") as holds, exists (select" + held + " and m." + by +
           " = any ($4::text[])) as may_have_lost, (select count(*)" + held + " and m." + by +
           " = any ($3::text[])) < cardinality($3::text[]) as may_have_got from " + outer_ +
           " u where u.customer_id = $1::uuid and not exists (select from pcmirror.owed_reads o "
           "where o.customer_id = u.customer_id and o.resource = $2 and o.row_id = u." +
           key_ +
           "::text and o.again and o.held is not null and not $5::jsonb ? o.row_id) and "
           "coalesce($5::jsonb -> u." +
           key_ + "::text, '[]') = '[]'), placed as (select " + key_ +
           ", dormant, changed, case when may_have_lost then 1 when eligible and not holds then 2 "
           "when eligible then 3 else 4 end as place from judged where may_have_lost or "
           "(may_have_got and not dormant)), classed as (select *, case when changed then 0 else "
           "place end as class from placed) ";
}

} // namespace pcmirror::sql
