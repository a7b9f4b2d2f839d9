-- The engine's own state. The schema pcmirror and its schema_migrations are there already: whoever
-- runs migrations makes them first.

create schema partner_center;
create schema reporting;

comment on schema partner_center is 'the mirror of Partner Center: one table per resource, current rows only';
comment on schema pcmirror is 'state of the pcmirror daemons; change_log and rejected_records are for reading, too';
comment on schema reporting is 'views for analysts';

create table pcmirror.daemons (
    daemon_id bigint generated always as identity primary key,
    pid integer not null,
    host text not null,
    version text not null,
    kind text not null,
    started_at timestamptz not null default now(),
    heartbeat_at timestamptz not null default now()
) with (fillfactor = 50);
comment on table pcmirror.daemons is 'processes that work on this database; one that lives holds a session advisory lock on its id';

create table pcmirror.sync_runs (
    run_id bigint generated always as identity primary key,
    resource text not null,
    daemon_id bigint,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    outcome text not null default 'running'
        check (outcome in ('running', 'ok', 'partial', 'failed', 'cancelled', 'interrupted')),
    requests bigint not null default 0,
    rows_seen bigint not null default 0,
    inserted bigint not null default 0,
    updated bigint not null default 0,
    deleted bigint not null default 0,
    held bigint not null default 0,
    rejected bigint not null default 0,
    scopes_ok bigint not null default 0,
    scopes_unchanged bigint not null default 0,
    scopes_failed bigint not null default 0,
    scopes_refused bigint not null default 0,
    scopes_held bigint not null default 0,
    error text,
    check ((finished_at is null) = (outcome = 'running'))
) with (fillfactor = 50);
create index sync_runs_by_resource on pcmirror.sync_runs (resource, started_at desc);
comment on table pcmirror.sync_runs is 'one row per pass over a resource';
comment on column pcmirror.sync_runs.requests is 'requests sent to the API, retries counted';
comment on column pcmirror.sync_runs.rows_seen is 'records that the listings contained';
comment on column pcmirror.sync_runs.held is 'rows that the delete guard kept';
comment on column pcmirror.sync_runs.scopes_unchanged is 'scopes, among the good ones, whose digest was the stored one';

create sequence pcmirror.lease_tokens;

create table pcmirror.sync_scopes (
    scope_id bigint generated always as identity primary key,
    resource text not null,
    customer_id uuid,
    state text not null default 'ok' check (state in ('ok', 'failing', 'refused', 'held', 'excluded')),
    row_count bigint not null default 0,
    held_rows bigint not null default 0,
    consecutive_failures integer not null default 0,
    last_error text,
    digest bytea,
    fingerprint bigint,
    compared_at timestamptz,
    -- What changes with each pass stands together at the end: WAL has only what lies between the
    -- first changed byte and the last.
    last_attempt_at timestamptz,
    last_success_at timestamptz,
    completed_token bigint,
    lease_token bigint,
    lease_daemon bigint,
    unique nulls not distinct (resource, customer_id),
    check (digest is null or fingerprint is not null),
    check (lease_daemon is null or lease_token is not null)
) with (fillfactor = 30);
comment on table pcmirror.sync_scopes is 'one row per scope: a resource of one customer, or of the whole partner (customer_id NULL)';
comment on column pcmirror.sync_scopes.state is 'ok, failing, refused (403, asked again daily), held (by the delete guard), excluded (by the configuration)';
comment on column pcmirror.sync_scopes.last_attempt_at is 'when the last completed attempt asked the API';
comment on column pcmirror.sync_scopes.last_success_at is 'when the reading that the mirror shows was asked for: so fresh is the data';
comment on column pcmirror.sync_scopes.compared_at is 'when the last listing was asked for whose rows were all compared with the mirror''s, trusting no digest, and that was applied';
comment on column pcmirror.sync_scopes.row_count is 'rows of the scope in the mirror after the last apply';
comment on column pcmirror.sync_scopes.digest is 'of the last complete listing that was applied whole; NULL: the next poll compares all rows';
comment on column pcmirror.sync_scopes.lease_token is 'fencing token of the last claim; a result with an older one is dropped';
comment on column pcmirror.sync_scopes.completed_token is 'the last claim whose result was written: a repeat of that write does nothing';

create sequence pcmirror.change_ids;

create table pcmirror.change_log (
    change_id bigint not null default nextval('pcmirror.change_ids'),
    run_id bigint,
    job_id bigint,
    resource text not null,
    customer_id uuid,
    key jsonb not null,
    operation text not null check (operation in ('insert', 'update', 'delete')),
    changed_at timestamptz not null default now(),
    old jsonb,
    new jsonb,
    primary key (change_id, changed_at),
    check ((operation = 'update') = (new is not null)),
    check ((operation = 'insert') = (old is null))
) partition by range (changed_at);
create table pcmirror.change_log_rest partition of pcmirror.change_log default;
create index change_log_by_time on pcmirror.change_log using brin (changed_at);
comment on table pcmirror.change_log is 'every row change that the mirror made; undone from its end it leads to every earlier state';
comment on column pcmirror.change_log.resource is 'the table in partner_center';
comment on column pcmirror.change_log.key is 'the key columns of the row';
comment on column pcmirror.change_log.old is 'update: the changed columns before; delete: the whole row';
comment on column pcmirror.change_log.new is 'update: the changed columns after';

-- Months are made ahead of time, so that change_log_rest stays empty.
create function pcmirror.make_change_log_partitions() returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    month timestamptz;
    name text;
begin
    if to_regclass('pcmirror.change_log_'
                   || to_char(now() at time zone 'utc' + interval '2 months', 'YYYY_MM')) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('pcmirror.change_log'));
    for ahead in 0..2 loop
        month := date_trunc('month', now() at time zone 'utc') at time zone 'utc'
            + make_interval(months => ahead);
        name := 'change_log_' || to_char(month at time zone 'utc', 'YYYY_MM');
        if to_regclass('pcmirror.' || name) is null
            and not exists (select from pcmirror.change_log_rest
                            where changed_at >= month and changed_at < month + interval '1 month') then
            execute format(
                'create table pcmirror.%I partition of pcmirror.change_log for values from (%L) to (%L)',
                name, month, (month at time zone 'utc' + interval '1 month') at time zone 'utc');
        end if;
    end loop;
end $$;
select pcmirror.make_change_log_partitions();

-- Drops whole months behind the horizon and clears the rest of what is older.
create function pcmirror.prune_history(keep interval) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    horizon timestamptz := now() - keep;
    part text;
    pruned bigint;
begin
    for part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'pcmirror.change_log'::regclass and c.relname ~ '^change_log_\d{4}_\d{2}$'
            and (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'utc' < horizon
    loop
        execute format('drop table pcmirror.%I', part);
    end loop;
    delete from pcmirror.change_log where changed_at < horizon;
    get diagnostics pruned = row_count;
    delete from pcmirror.sync_runs where finished_at < horizon;
    return pruned;
end $$;

-- Whoever may call them deletes history.
revoke execute on function pcmirror.make_change_log_partitions(), pcmirror.prune_history(interval)
    from public;

create table pcmirror.rejected_records (
    rejected_id bigint generated always as identity primary key,
    resource text not null,
    customer_id uuid,
    key jsonb,
    record text not null,
    raw bytea,
    reason text not null,
    first_seen_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    run_id bigint,
    record_hash bytea not null,
    unique nulls not distinct (resource, customer_id, record_hash)
);
comment on table pcmirror.rejected_records is 'records of the last listings that could not be stored; one disappears when its scope was read without it';
comment on column pcmirror.rejected_records.record is 'the record as it came; what is no valid text in it is shown as \xNN';
comment on column pcmirror.rejected_records.raw is 'the bytes themselves, where record can not show them';
comment on column pcmirror.rejected_records.key is 'key of the record, where it could be read; NULL: its scope deletes nothing';

create table pcmirror.touched_rows (
    resource text not null,
    customer_id uuid,
    key jsonb not null,
    asked_at timestamptz not null,
    before jsonb,
    expires_at timestamptz not null
);
create index touched_rows_by_key on pcmirror.touched_rows (resource, customer_id, key);
comment on table pcmirror.touched_rows is 'rows changed apart from their listing, an entry for each time: a poll that asked earlier, or still reads what was before one of the changes, leaves them alone';
comment on column pcmirror.touched_rows.before is 'the row as it was before the change; NULL: it was not there';
comment on column pcmirror.touched_rows.expires_at is 'until when a poll may still read what was before';

create table pcmirror.request_budget (
    only_row boolean primary key default true check (only_row),
    tokens double precision not null default 0,
    refilled_at timestamptz not null default now(),
    blocked_until timestamptz
) with (fillfactor = 10);
insert into pcmirror.request_budget default values;
comment on table pcmirror.request_budget is 'token bucket of the partner tenant, shared by all processes on this database';

create table pcmirror.throttled_customers (
    customer_id uuid primary key,
    blocked_until timestamptz not null
) with (fillfactor = 50);
comment on table pcmirror.throttled_customers is 'customers that the API throttled, and until when';

create table pcmirror.scope_hashes (
    scope_id bigint references pcmirror.sync_scopes on delete cascade,
    part integer,
    hashes bytea not null,
    primary key (scope_id, part)
);
alter table pcmirror.scope_hashes alter column hashes set storage external;
comment on table pcmirror.scope_hashes is 'hashes of the rows of a scope, by which a listing is compared; they hold as long as its digest does';

create table pcmirror.scope_pages (
    scope_id bigint primary key references pcmirror.sync_scopes on delete cascade,
    pages bytea not null
);
comment on table pcmirror.scope_pages is 'digests of the pages of a scope''s listings as they were sent: pages that come again need not be decoded; they hold as long as the scope''s digest does';
