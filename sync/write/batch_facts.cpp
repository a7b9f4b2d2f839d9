#include "sync/write/batch_facts.hpp"

#include "migrations/libpqxx.hpp"
#include "sync/db/arrays.hpp"
#include "sync/http/url.hpp"
#include "sync/records/normal.hpp"

namespace pcmirror {
namespace {

// Names are compared within the customers in question: there is no index on them, and reading each
// customer's users once is what an index would save at most.
constexpr const char* users_sql = R"(
with wanted as (
    select distinct w.customer_id, w.user_id, w.name
    from unnest($1::uuid[], $2::uuid[], $3::text[]) w (customer_id, user_id, name)
), named as materialized (
    select u.customer_id, u.user_id, lower(u.user_principal_name) as name
    from (select distinct customer_id from wanted where name is not null) c
    join partner_center.users u using (customer_id)
), hit as (
    select customer_id, user_id from wanted where user_id is not null
    union
    select n.customer_id, n.user_id from named n join wanted w using (customer_id, name)
)
select u.customer_id, u.user_id, coalesce(lower(u.user_principal_name), ''),
    coalesce(u.state, 'active') <> 'inactive',
    to_jsonb(u) - '{extra,first_seen_at,changed_at}'::text[]
from hit join partner_center.users u using (customer_id, user_id))";

constexpr const char* licenses_sql = R"(
select l.customer_id, l.user_id, lower(l.sku_id), lower(coalesce(l.sku_part_number, ''))
from unnest($1::uuid[], $2::uuid[]) w (customer_id, user_id)
join partner_center.user_licenses l using (customer_id, user_id))";

// Products of the tenant have no seats. Of waiting jobs only what they change counts.
constexpr const char* skus_sql = R"(
with jobs as (
    select j.customer_id, j.payload, coalesce(lower(j.payload ->> 'user_id'), (
        select min(u.user_id::text) from partner_center.users u
        where u.customer_id = j.customer_id
            and lower(u.user_principal_name) = lower(j.payload ->> 'user_principal_name'))) as user_id
    from pcmirror.write_jobs j
    where j.state in ('queued', 'running') and j.answered_at is null
        and j.operation = 'assign_licenses' and j.customer_id = any ($1::uuid[])
), wanted as (
    select customer_id, user_id, lower(a ->> 'sku_id') as sku, 1 as seats
    from jobs, jsonb_array_elements(payload -> 'licenses_to_assign') a
    union all
    select customer_id, user_id, lower(r), -1
    from jobs, jsonb_array_elements_text(payload -> 'licenses_to_remove') r
), taken as materialized (
    select s.customer_id, s.sku_id, sum(w.seats) as seats
    from wanted w
    join partner_center.subscribed_skus s on s.customer_id = w.customer_id
        and w.sku in (lower(s.sku_id), lower(s.sku_part_number))
    where (w.seats > 0) <> exists (
        select from partner_center.user_licenses l
        where l.customer_id = w.customer_id and l.user_id::text = w.user_id
            and lower(l.sku_id) = lower(s.sku_id))
    group by s.customer_id, s.sku_id
)
select s.customer_id, lower(s.sku_id), lower(coalesce(s.sku_part_number, '')),
    coalesce(s.sku_name, s.sku_part_number, s.sku_id),
    case when s.target_type ilike 'tenant' then null else s.available_units end,
    coalesce(t.seats, 0)
from partner_center.subscribed_skus s left join taken t using (customer_id, sku_id)
where s.customer_id = any ($1::uuid[]))";

constexpr const char* subscriptions_sql = R"(
select s.customer_id, s.subscription_id,
    to_jsonb(s) - '{extra,first_seen_at,changed_at}'::text[]
from (select distinct * from unnest($1::uuid[], $2::text[]) w (customer_id, subscription_id)) w
join partner_center.subscriptions s using (customer_id, subscription_id))";

constexpr const char* read_sql = R"(
select s.resource, s.customer_id from pcmirror.sync_scopes s
where s.resource in ('users', 'subscriptions', 'subscribed_skus')
    and s.customer_id = any ($1::uuid[]) and s.last_success_at is not null)";

constexpr const char* domains_sql = R"(
select lower(c.domain), c.customer_id from partner_center.customers c
where lower(c.domain) = any ($1::text[]))";

constexpr const char* pending_sql = R"(
select j.job_id, j.operation, coalesce(j.customer_id::text, ''), j.payload
from pcmirror.write_jobs j
where j.state in ('queued', 'running')
    and j.operation in ('create_customer', 'remove_reseller_relationship', 'create_user',
                        'delete_user', 'update_subscription')
    and (j.customer_id = any ($1::uuid[]) or j.customer_id is null)
    and (j.operation <> 'update_subscription' or lower(j.payload ->> 'status') = 'deleted')
order by j.job_id)";

constexpr const char* keys_sql = R"(
select j.idempotency_key, j.job_id, j.operation, coalesce(j.customer_id::text, ''), j.payload
from pcmirror.write_jobs j where j.idempotency_key = any ($1::text[]))";

/// What is asked for, collected from the jobs.
struct Wanted {
    std::set<std::string> customers;
    std::set<std::string> customers_of_skus;
    std::set<std::string> domains;
    std::set<std::string> keys;
    ArrayLiteral user_customers;
    ArrayLiteral user_ids;
    ArrayLiteral user_names;
    ArrayLiteral subscription_customers;
    ArrayLiteral subscription_ids;

    void add_user(const std::string& customer, const std::string& id, const std::string& name) {
        user_customers.add(customer);
        user_ids.add_or_null(id);
        user_names.add_or_null(name);
    }

    void add(const BatchJob& batched) {
        const NewJob& job = batched.job;
        const Document payload = Document::parse(job.payload);
        if (!job.idempotency_key.empty())
            keys.insert(job.idempotency_key);
        for (const char* pointer : {"/company_profile/domain", "/verified_domain_name"})
            if (std::string domain = lower_text_at(payload, pointer); !domain.empty())
                domains.insert(std::move(domain));
        if (job.customer_id.empty())
            return;
        customers.insert(job.customer_id);
        if (job.operation == "assign_licenses")
            customers_of_skus.insert(job.customer_id);
        const std::string user_id = lower_text_at(payload, "/user_id");
        const std::string name = lower_text_at(payload, "/user_principal_name");
        if (!user_id.empty())
            add_user(job.customer_id, user_id, "");
        if (!name.empty())
            add_user(job.customer_id, "", name);
        if (const Document* id = payload.find("/subscription_id")) {
            subscription_customers.add(job.customer_id);
            subscription_ids.add(fold_guid(id->text()));
        }
    }
};

std::string array_of(const std::set<std::string>& values) {
    return text_array({values.begin(), values.end()});
}

/// Reads them kind by kind.
class FactReader {
  public:
    FactReader(pqxx::transaction_base& transaction, Wanted wanted)
        : transaction_(transaction), wanted_(std::move(wanted)) {}

    BatchFacts read() {
        read_users();
        read_subscriptions();
        read_skus();
        for (const auto& row : ask(read_sql, array_of(wanted_.customers)))
            facts_.read.emplace(row[1].c_str(), row[0].c_str());
        if (!wanted_.domains.empty())
            for (const auto& row : ask(domains_sql, array_of(wanted_.domains)))
                facts_.domains[row[0].c_str()] = row[1].c_str();
        for (const auto& row : ask(pending_sql, array_of(wanted_.customers)))
            facts_.pending.push_back(
                {row[0].as<std::int64_t>(),
                 row[1].c_str(),
                 row[2].c_str(),
                 Document::parse(row[3].c_str())}
            );
        if (!wanted_.keys.empty())
            for (const auto& row : ask(keys_sql, array_of(wanted_.keys)))
                facts_.keys[row[0].c_str()] = {
                    row[1].as<std::int64_t>(),
                    row[2].c_str(),
                    row[3].c_str(),
                    Document::parse(row[4].c_str())};
        return std::move(facts_);
    }

  private:
    template <typename... Values> pqxx::result ask(const char* sql, const Values&... values) {
        return exec_bound(transaction_, sql, values...);
    }

    void read_users() {
        ArrayLiteral customers;
        ArrayLiteral ids;
        for (const auto& row :
             ask(users_sql,
                 wanted_.user_customers.take(),
                 wanted_.user_ids.take(),
                 wanted_.user_names.take())) {
            const BatchFacts::OfCustomer key{row[0].c_str(), row[1].c_str()};
            UserFact& user = facts_.users[key];
            user.user_id = key.second;
            user.active = row[3].as<bool>();
            user.row = Document::parse(row[4].c_str());
            // Of two with one name the active one is meant.
            if (const std::string name = row[2].c_str(); !name.empty())
                if (std::string& id = facts_.user_ids[{key.first, name}]; id.empty() || user.active)
                    id = user.user_id;
            if (wanted_.customers_of_skus.contains(key.first)) {
                customers.add(key.first);
                ids.add(key.second);
            }
        }
        for (const auto& row : ask(licenses_sql, customers.take(), ids.take())) {
            std::set<std::string>& skus = facts_.users[{row[0].c_str(), row[1].c_str()}].skus;
            skus.insert(row[2].c_str());
            skus.insert(row[3].c_str());
        }
    }

    void read_subscriptions() {
        for (const auto& row :
             ask(subscriptions_sql,
                 wanted_.subscription_customers.take(),
                 wanted_.subscription_ids.take()))
            facts_.subscriptions[{row[0].c_str(), row[1].c_str()}] =
                Document::parse(row[2].c_str());
    }

    void read_skus() {
        if (wanted_.customers_of_skus.empty())
            return;
        for (const auto& row : ask(skus_sql, array_of(wanted_.customers_of_skus))) {
            SkuFact sku{row[1].c_str(), row[2].c_str(), row[3].c_str(), std::nullopt};
            if (!row[4].is_null())
                sku.available = row[4].as<std::int64_t>();
            sku.queued = row[5].as<std::int64_t>();
            facts_.skus[row[0].c_str()].push_back(std::move(sku));
        }
    }

    pqxx::transaction_base& transaction_;
    Wanted wanted_;
    BatchFacts facts_;
};

} // namespace

BatchFacts read_facts(pqxx::transaction_base& transaction, const std::vector<BatchJob>& jobs) {
    Wanted wanted;
    for (const BatchJob& job : jobs)
        if (job.problem.empty())
            wanted.add(job);
    return FactReader(transaction, std::move(wanted)).read();
}

std::string lower_text_at(const Document& document, std::string_view pointer) {
    const Document* found = document.find(pointer);
    return found == nullptr || found->kind() != Document::Kind::string
               ? std::string()
               : http::lower_case(found->text());
}

} // namespace pcmirror
