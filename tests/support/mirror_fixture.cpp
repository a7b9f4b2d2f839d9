#include "tests/support/mirror_fixture.hpp"

#include "schema/sql.hpp"

#include <fmt/format.h>

namespace pcmirror::testing {
namespace {

void create_made_up_tables(const TestDatabase& database) {
    for (const Resource* resource : made_up::catalogue)
        if (catalogue().find(resource->name) == nullptr)
            database.execute(sql::draft_ddl(*resource) + sql::comments(*resource));
}

} // namespace

MirrorFixture::MirrorFixture()
    : pool_(loop_.get_executor(), database_.secret_url(), 2, "test"),
      session_(database_.secret_url(), "test"), scopes_(pool_), runs_(pool_),
      mirror_(pool_, made_up::catalogue) {
    create_made_up_tables(database_);
    session_.renew();
    run_id_ = wait_for(runs_.start(resources::customers, session_.id()));
}

MirrorFixture::~MirrorFixture() = default;

Lease MirrorFixture::claim(const Resource& resource, const std::string& customer) {
    wait_for(scopes_.prepare(resource, {}));
    const std::string id = *database_.value(fmt::format(
        "select scope_id from pcmirror.sync_scopes where resource = '{}' and "
        "coalesce(customer_id::text, '') = '{}'",
        resource.name,
        customer
    ));
    const std::vector<Lease> leases =
        wait_for(scopes_.claim(session_.id(), {std::stoll(id)}, "infinity"));
    if (leases.size() != 1)
        throw std::runtime_error("the scope could not be claimed");
    return leases.front();
}

ScopeReading
MirrorFixture::read(const Resource& resource, const std::string& customer, const Records& records) {
    ScopeReading reading(claim(resource, customer), Spool(spool_directory_.path()));
    reading.fingerprint = fingerprint(resource);
    reading.complete = true;
    Decoder decoder(resource);
    Surroundings around;
    around.customer_id = customer;
    for (const std::string& record : records) {
        ++reading.records;
        if (std::optional<Rejection> rejection = decoder.decode(record, around)) {
            if (rejection->key.empty())
                reading.complete = false;
            else
                reading.present.push_back(rejection->key);
            reading.rejections.push_back(std::move(*rejection));
            continue;
        }
        for (const DecodedRow& row : decoder.rows())
            reading.rows.add(row);
    }
    return reading;
}

ScopeReport
MirrorFixture::apply(const Resource& resource, const ScopeReading& reading, ApplyOptions options) {
    return apply(resource, {&reading}, std::move(options)).scopes.front();
}

ApplyResult MirrorFixture::apply(
    const Resource& resource, std::vector<const ScopeReading*> readings, ApplyOptions options
) {
    if (options.run.run_id == 0)
        options.run.run_id = run_id_;
    std::optional<InDoubt> in_doubt;
    return wait_for(mirror_.apply(resource, std::move(readings), options, deletes_, in_doubt));
}

ScopeReport MirrorFixture::poll(
    const Resource& resource,
    const std::string& customer,
    const Records& records,
    ApplyOptions options
) {
    const ScopeReading reading = read(resource, customer, records);
    return apply(resource, reading, std::move(options));
}

void MirrorFixture::add_customers(const std::vector<std::string>& ids) {
    Records records;
    for (const std::string& id : ids)
        records.push_back(customer_record(id));
    poll(resources::customers, "", records);
}

GuardLimits MirrorFixture::no_guard() {
    return {.max_fraction = 1, .max_fraction_per_pass = 1e9};
}

std::string guid(int number) {
    return fmt::format("00000000-0000-4000-8000-{:012d}", number);
}

std::string customer_record(const std::string& id, const std::string& name) {
    return fmt::format(
        R"({{"id":"{0}","companyProfile":{{"tenantId":"{0}","domain":"d{0}.onmicrosoft.com","companyName":"{1}"}},"relationshipToPartner":"reseller"}})",
        id,
        name
    );
}

void undo_to(const TestDatabase& database, long long change_id) {
    // Written from the contract alone: what the log says about old and new, nothing of the engine.
    database.execute(fmt::format(
        R"(
do $$
declare
    entry record;
    assignments text;
begin
    for entry in select * from pcmirror.change_log where change_id >= {} order by change_id desc loop
        if entry.operation = 'insert' then
            execute format('delete from partner_center.%I t where to_jsonb(t) @> %L::jsonb',
                           entry.resource, entry.key);
        elsif entry.operation = 'delete' then
            execute format('insert into partner_center.%1$I select * from '
                           'jsonb_populate_record(null::partner_center.%1$I, %2$L)',
                           entry.resource, entry.old);
        else
            select string_agg(format('%1$I = r.%1$I', k), ', ') into assignments
            from jsonb_object_keys(entry.old) k;
            execute format('update partner_center.%1$I t set %2$s from '
                           'jsonb_populate_record(null::partner_center.%1$I, %3$L) r '
                           'where to_jsonb(t) @> %4$L::jsonb',
                           entry.resource, assignments, entry.old, entry.key);
        end if;
    end loop;
    delete from pcmirror.change_log where change_id >= {};
end $$)",
        change_id,
        change_id
    ));
}

Rows runs_unlike_their_log(const TestDatabase& database) {
    return database.rows(R"(
select r.run_id, r.resource, r.inserted, l.inserted, r.updated, l.updated, r.deleted, l.deleted
from pcmirror.sync_runs r
cross join lateral (
    select count(*) filter (where operation = 'insert') as inserted,
        count(*) filter (where operation = 'update') as updated,
        count(*) filter (where operation = 'delete') as deleted
    from pcmirror.change_log where run_id = r.run_id) l
where (r.inserted, r.updated, r.deleted) <> (l.inserted, l.updated, l.deleted))");
}

std::vector<std::string> table_content(const TestDatabase& database, const std::string& table) {
    std::vector<std::string> content;
    for (const auto& row : database.rows(
             "select (to_jsonb(t) - 'first_seen_at' - 'changed_at')::text from partner_center." +
             table + " t order by 1"
         ))
        content.push_back(*row.front());
    return content;
}

} // namespace pcmirror::testing
