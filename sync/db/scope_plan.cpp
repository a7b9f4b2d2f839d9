#include "migrations/libpqxx.hpp"
#include "schema/sql_text.hpp"
#include "sync/db/arrays.hpp"
#include "sync/db/excluded.hpp"
#include "sync/db/leases.hpp"
#include "sync/db/scope_pause.hpp"
#include "sync/db/scope_store.hpp"

namespace pcmirror {
namespace {

// A refused scope rests a day. That a failing one of a customer rests only a schedule's passes
// heed; one of the partner's own costs a single request a pass.
constexpr const char* rests = R"(
    case when not {asked} then ''
         when s.state = 'refused' and s.last_attempt_at > now() - interval '1 day'
             and not $4::boolean then 'refused'
         when s.state = 'failing' and $5::boolean and s.customer_id is not null
             and s.last_attempt_at > now() - {pause} then 'failing'
         else '' end)";

constexpr const char* last_error = R"(
    coalesce(s.last_error, '') || case when s.state = 'refused' then '; last asked '
        || to_char(s.last_attempt_at at time zone 'utc', 'YYYY-MM-DD HH24:MI')
        || ' UTC, asked again a day later, or at once with --customer or --full' else '' end)";

// The least recently verified first; what failed since then waits behind those, so that it holds up
// nobody.
constexpr const char* turn =
    "case when s.state = 'failing' then s.last_attempt_at else s.last_success_at end";

constexpr const char* age = R"(
    case when s.last_attempt_at is null or s.state = 'failing' then null
         else (extract(epoch from now() - s.last_success_at) * 1000)::bigint end)";

constexpr const char* scopes_sql = R"(
select s.scope_id, coalesce(s.customer_id::text, ''), {rests}, {last_error}, {skipped}, {age}, s.state = 'failing'
from pcmirror.sync_scopes s
where s.resource = $1 and s.state <> 'excluded'
    and (cardinality($2::uuid[]) = 0 or s.customer_id = any ($2::uuid[]))
    and not ($9::boolean and s.lease_daemon is not null and {alive})
    and not ($9::boolean and exists (select from pcmirror.throttled_customers t
                                     where t.customer_id = s.customer_id and t.blocked_until > now()))
    and not ($9::boolean and {needless})
order by {turn} nulls first, s.scope_id)";

// A dry run makes no scopes; the numbers only tell scopes of one pass apart.
constexpr const char* partner_sql = R"(
select 1, '', {rests}, {last_error}, {skipped}, {age}, s.state = 'failing'
from (values (1)) as the (partner)
left join pcmirror.sync_scopes s on s.resource = $1 and s.customer_id is null
where cardinality($2::uuid[]) = 0
order by {turn})";

constexpr const char* customers_sql = R"(
select row_number() over (order by c.customer_id), c.customer_id::text, {rests},
    {last_error}, {skipped}, {age}, s.state = 'failing'
from partner_center.customers c
left join pcmirror.sync_scopes s on s.resource = $1 and s.customer_id = c.customer_id
where (cardinality($2::uuid[]) = 0 or c.customer_id = any ($2::uuid[])) and not {excluded}
order by {turn} nulls first, 1)";

/// What was made due, without an attempt since, is as good as never verified. With `full` only what
/// trusts neither a digest nor counters counts as verified.
std::string skipped(const Resource& resource) {
    const std::string since = "now() - make_interval(secs => $3::bigint / 1000.0)";
    const std::string in_full =
        resource.per_row_of == nullptr
            ? "s.compared_at >= " + since
            : "exists (select from pcmirror.row_reads k where k.customer_id = s.customer_id and "
              "k.resource = s.resource and not k.whole and k.whole_read_at >= " +
                  since +
                  ") and not exists (select from pcmirror.owed_reads o where o.customer_id = "
                  "s.customer_id and o.resource = s.resource and o.held is null)";
    return was_asked("s") +
           " and ((($7::boolean or s.last_attempt_at >= "
           "nullif($8, '')::timestamptz) is true and not " +
           rest_is_over("s") + ") or coalesce($3::bigint >= 0 and s.last_success_at >= " + since +
           " and (not $6::boolean or " + in_full + "), false))";
}

std::string with_conditions(const char* sql, const Resource& resource) {
    std::string text = sql::filled(sql, "{rests}", rests);
    text = sql::filled(std::move(text), "{asked}", was_asked("s"));
    text = sql::filled(std::move(text), "{pause}", scope_pause("s"));
    text = sql::filled(std::move(text), "{age}", age);
    text = sql::filled(std::move(text), "{last_error}", last_error);
    text = sql::filled(std::move(text), "{skipped}", skipped(resource));
    return sql::filled(std::move(text), "{turn}", turn);
}

std::string of_scopes(const Resource& resource) {
    std::string text = with_conditions(scopes_sql, resource);
    text = sql::filled(std::move(text), "{alive}", leases::alive("s.lease_daemon"));
    return sql::filled(std::move(text), "{needless}", skipped(resource));
}

pqxx::result planned_rows(
    pqxx::transaction_base& transaction, const Resource& resource, const PlanOptions& options
) {
    constexpr std::int64_t any_age = -1;
    const auto ask = [&](const std::string& sql, const auto&... more) {
        return exec_bound(
            transaction,
            sql,
            std::string(resource.name),
            text_array(options.customers),
            options.max_age ? options.max_age->count() : any_age,
            options.ask_refused,
            options.only_due,
            options.full,
            options.only_unasked,
            options.not_since,
            more...
        );
    };
    if (!options.without_scopes)
        return ask(of_scopes(resource), options.only_free);
    if (resource.parent == nullptr)
        return ask(with_conditions(partner_sql, resource));
    return ask(
        sql::filled(
            with_conditions(customers_sql, resource),
            "{excluded}",
            excluded_condition("c", "$9", "$10")
        ),
        like_patterns(options.filter.include),
        like_patterns(options.filter.exclude)
    );
}

std::optional<std::chrono::milliseconds> age_of(const pqxx::field& field) {
    if (field.is_null())
        return std::nullopt;
    return std::chrono::milliseconds(field.as<std::int64_t>());
}

std::optional<ScopeEnd> rest_of(std::string_view state) {
    if (state == "refused")
        return ScopeEnd::refused;
    return state == "failing" ? std::optional(ScopeEnd::failing) : std::nullopt;
}

} // namespace

asio::awaitable<PlannedPass> ScopeStore::plan(const Resource& resource, PlanOptions options) {
    co_return co_await pool_->run("planning a pass", [&](pqxx::connection& connection) {
        pqxx::read_transaction transaction(connection);
        PlannedPass planned;
        for (const auto& row : planned_rows(transaction, resource, options))
            if (row[4].as<bool>())
                ++planned.skipped;
            else
                planned.scopes.push_back(
                    {row[0].as<std::int64_t>(),
                     row[1].c_str(),
                     rest_of(row[2].c_str()),
                     row[3].c_str(),
                     age_of(row[5]),
                     !row[6].is_null() && row[6].as<bool>()}
                );
        return planned;
    });
}

} // namespace pcmirror
