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
           " from pcmirror.owed_reads o left join " + outer_ +
           " u on u.customer_id = o.customer_id and u." + key_ + " = o.row_id::" + type_ +
           " where o.customer_id = $1::uuid and o.resource = $2 and o.owed_id > $3::bigint and "
           "o.owed_id <= $4::bigint and o.again = $6::boolean order by o.owed_id limit "
           "$5::integer";
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

std::string RowReads::count_load() const {
    const std::string rest = resource_.earned == nullptr ? "true" : "coalesce(k.whole, true)";
    return "select coalesce(sum(case when " + rest +
           " then n.to_come else n.owed end), 0)::bigint, coalesce(sum(case when " + rest +
           " then 0 else n.rows end), 0)::bigint from partner_center.customers c left join "
           "pcmirror.sync_scopes s on s.resource = $1 and s.customer_id = c.customer_id left join "
           "pcmirror.row_reads k on k.resource = $1 and k.customer_id = c.customer_id cross join "
           "lateral (select count(*) as rows, count(*) filter (where k.read_to is null or not "
           "k.whole or u." +
           key_ + " > k.read_to::" + type_ +
           ") as to_come, (select count(distinct o.row_id) from pcmirror.owed_reads o where "
           "o.customer_id = c.customer_id and o.resource = $1) as owed from " +
           outer_ +
           " u where u.customer_id = c.customer_id) n where s.state is null or s.state not in "
           "('refused', 'excluded')";
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
    const EarnedReads& earned = *resource_.earned;
    const std::string by(earned.counted_by);
    const std::string counters = mirror_table(earned.counters->table());
    const std::string count(earned.count);
    const std::string uncounted(earned.uncounted.column);
    // What is mirrored and counted by nobody any more counts as zero, once counters were read.
    return "select " + by + ", coalesce(c." + count + ", 0) - coalesce(m.rows, 0), coalesce(c." +
           count + ", 0) from (select * from " + counters +
           " where customer_id = $1::uuid) c full join (select " + by + ", count(*) as rows from " +
           own_ + " where customer_id = $1::uuid group by " + by + ") m using (" + by +
           ") where case when c.customer_id is null then exists (select from "
           "pcmirror.sync_scopes s where s.resource = " +
           quoted(earned.counters->name) +
           " and s.customer_id = $1::uuid and s.last_success_at is not null) else c." + count +
           " is not null and c." + uncounted + " is distinct from " +
           quoted(earned.uncounted.value) + " end";
}

std::string RowReads::changed_suspects() const {
    return ordered_suspects(" where class = 0");
}

std::string RowReads::suspects() const {
    return ordered_suspects(" where class > 0");
}

std::string RowReads::suspects_after() const {
    return ordered_suspects(
        " where class > 0 and (class, " + key_ + ") > ($6::integer, $7::" + type_ + ")"
    );
}

std::string RowReads::ordered_suspects(const std::string& after) const {
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
           " u where u.customer_id = $1::uuid), classed as (select " + key_ +
           ", dormant, case when changed then 0 when may_have_lost then 1 when eligible and not "
           "holds then 2 when eligible then 3 else 4 end as class from judged where may_have_lost "
           "or (may_have_got and not dormant)) select " +
           key_ + "::text as id, dormant, class from classed" + after + " order by class, " + key_ +
           " limit $5::bigint";
}

} // namespace pcmirror::sql
