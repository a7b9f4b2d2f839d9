-- Jobs that are written back to the API. Whoever queues one does it through pcmirror.enqueue_job, in a
-- transaction of their own; whoever works on them is a daemon.

create table pcmirror.operations (
    operation text primary key,
    comment text not null,
    method text not null,
    path text not null,
    per_customer boolean not null,
    takes_expect boolean not null,
    spends_money boolean not null,
    allowed boolean not null
);
comment on table pcmirror.operations is 'what may be queued; written by the daemons when they start, from their catalogue and write_back.operations';
comment on column pcmirror.operations.per_customer is 'whether enqueue_job wants a customer_id';
comment on column pcmirror.operations.takes_expect is 'whether the payload may have expect: values that must still hold';
comment on column pcmirror.operations.spends_money is 'the operation, or some value of its fields: has to be named in write_back.operations';

create table pcmirror.operation_fields (
    operation text references pcmirror.operations on delete cascade,
    field text,
    position integer not null,
    comment text not null,
    type text not null check (type in ('text', 'guid', 'integer', 'decimal', 'boolean', 'timestamp', 'object',
                                       'list', 'text_list', 'json')),
    need text not null check (need in ('required', 'one_of', 'optional')),
    or_field text,
    place text not null check (place in ('body', 'path', 'instead')),
    nullable boolean not null,
    secret boolean not null,
    of_customer boolean not null,
    one_of text[],
    allowed boolean not null,
    spends_money boolean not null,
    spending_value jsonb,
    around text not null generated always as (coalesce(substring(field from '^(.*)\.[^.]*$'), '')) stored,
    name text not null generated always as (substring(field from '[^.]*$')) stored,
    primary key (operation, field)
);
comment on table pcmirror.operation_fields is 'the fields of the payloads';
comment on column pcmirror.operation_fields.field is 'name; dots between nested ones, [] for the elements of a list';
comment on column pcmirror.operation_fields.around is 'the object or list element that it stands in; empty: the payload';
comment on column pcmirror.operation_fields.name is 'its name there';
comment on column pcmirror.operation_fields.need is 'required: wherever the object around it is there; one_of: at least one of these';
comment on column pcmirror.operation_fields.or_field is 'the field that may stand for a required one';
comment on column pcmirror.operation_fields.of_customer is 'an id that must end in the customer''s';
comment on column pcmirror.operation_fields.one_of is 'values, compared without case and underscores';
comment on column pcmirror.operation_fields.spends_money is 'the field, or one value of it: has to be named in write_back.operations';
comment on column pcmirror.operation_fields.spending_value is 'the one value that is not allowed, since it spends money';

create table pcmirror.operations_written (
    only_row boolean primary key default true check (only_row),
    digest text not null,
    written_at timestamptz not null default now()
);
comment on table pcmirror.operations_written is 'what pcmirror.operations was written from';

alter table pcmirror.daemons add column operations text;
comment on column pcmirror.daemons.operations is 'digest of the operations that the daemon knows and allows; those that live agree on it';

create table pcmirror.jobs (
    job_id bigint generated always as identity primary key,
    operation text not null,
    customer_id uuid,
    lane uuid not null generated always as (coalesce(customer_id, '00000000-0000-0000-0000-000000000000')) stored,
    payload jsonb not null,
    idempotency_key text unique,
    priority integer not null default 0,
    run_after timestamptz not null default now(),
    state text not null default 'queued' check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    attempts integer not null default 0 check (attempts >= 0),
    failures integer not null default 0 check (failures >= 0),
    delays integer not null default 0 check (delays >= 0),
    begun boolean not null default false,
    request_id uuid,
    sent_at timestamptz,
    lost_at timestamptz,
    first_seen text,
    meant_user text,
    last_error text,
    http_status integer,
    response jsonb,
    confirmed boolean,
    created_by text not null,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    answered_at timestamptz,
    finished_at timestamptz,
    retried_at timestamptz,
    cancel_asked_at timestamptz,
    held_at timestamptz,
    lease_daemon bigint,
    lease_token bigint,
    check ((finished_at is not null) = (state in ('succeeded', 'failed', 'cancelled'))),
    check ((lease_daemon is not null) = (state = 'running')),
    check (lease_daemon is null or lease_token is not null),
    check (state <> 'failed' or last_error is not null),
    check (state = 'succeeded' or confirmed is null),
    check (sent_at is null or request_id is not null)
) with (fillfactor = 70);
comment on table pcmirror.jobs is 'what is to be written back, is being written, and was; see the view write_jobs';
comment on column pcmirror.jobs.attempts is 'attempts whose request may have left';
comment on column pcmirror.jobs.failures is 'attempts that failed for the job''s own reason, since it was queued or wanted again';
comment on column pcmirror.jobs.delays is 'how often it was put off since it was queued or wanted again; the pauses grow with them';
comment on column pcmirror.jobs.begun is 'attempted since it was queued or wanted again: later jobs of its lane wait until it ends';
comment on column pcmirror.jobs.request_id is 'MS-RequestId of the attempt; stored before its first byte leaves';
comment on column pcmirror.jobs.sent_at is 'when the request was about to leave that got no answer: it may have taken effect, also where the job has failed since';
comment on column pcmirror.jobs.lost_at is 'when it was known that no answer would come; NULL: the process that sent it ended before';
comment on column pcmirror.jobs.first_seen is 'what was to be changed as it was before the first request: whoever changed it since is not overwritten';
comment on column pcmirror.jobs.meant_user is 'the user whom the payload names, when the request left: who may have been changed, whoever has the name since';
comment on column pcmirror.jobs.answered_at is 'when the final answer came; what is left is to bring the mirror up to date';
comment on column pcmirror.jobs.lane is 'the customer, or zeros for the partner''s own: jobs of a lane are done one after the other';
comment on column pcmirror.jobs.retried_at is 'when somebody wanted it tried again or let it go on; give_up_after counts from then, or from started_at';
comment on column pcmirror.jobs.held_at is 'the database was restored from a backup: what this job did since is not known; see pcmirror job release';

-- The jobs of one customer, or of the partner, stand in a lane: one of them at a time may have been attempted.
create unique index jobs_one_sent_per_lane on pcmirror.jobs (lane)
    where state = 'running' or (state = 'queued' and begun);
create index jobs_to_do on pcmirror.jobs (lane, priority desc, job_id)
    where state = 'queued';
create index jobs_due on pcmirror.jobs (run_after) where state = 'queued';
create index jobs_finished on pcmirror.jobs (finished_at) where finished_at is not null;
create index jobs_of_customer on pcmirror.jobs (customer_id, job_id desc);

create table pcmirror.job_secrets (
    job_id bigint references pcmirror.jobs on delete cascade,
    field text,
    value text not null,
    of_answer boolean not null default false,
    created_at timestamptz not null default now(),
    primary key (job_id, of_answer, field)
);
comment on table pcmirror.job_secrets is 'what is secret of a payload until its job ends, and of an answer until it was handed out; operators can not read it';

create table pcmirror.write_job_attempts (
    job_id bigint references pcmirror.jobs on delete cascade,
    attempt integer,
    request_id uuid not null,
    daemon_id bigint not null,
    started_at timestamptz not null default now(),
    answered_at timestamptz,
    http_status integer,
    outcome text,
    error text,
    primary key (job_id, attempt)
);
comment on table pcmirror.write_job_attempts is 'every attempt of a job';
comment on column pcmirror.write_job_attempts.outcome is 'succeeded, failed, later, unanswered, not sent, already done; NULL: nobody knows yet';

create table pcmirror.job_pauses (
    customer_id uuid,
    paused_at timestamptz not null default now(),
    paused_by text not null,
    unique nulls not distinct (customer_id)
);
comment on table pcmirror.job_pauses is 'customers whose jobs wait; NULL: all jobs do';

create view pcmirror.write_jobs as
select j.job_id, j.operation, j.customer_id, j.payload, j.idempotency_key, j.priority, j.run_after, j.state, j.attempts,
    j.request_id, j.last_error, j.http_status, j.response, j.confirmed,
    case when j.state = 'queued' and j.run_after <= now() then (
        select b.job_id from pcmirror.jobs b
        where b.lane = j.lane and (b.state = 'running' or (b.state = 'queued' and b.begun)) and b.job_id <> j.job_id)
    end as blocked_by,
    j.created_by, j.created_at, j.started_at, j.answered_at, j.finished_at, j.held_at, j.cancel_asked_at,
    exists (select from pcmirror.job_secrets s where s.job_id = j.job_id and s.of_answer) as secret_waits
from pcmirror.jobs j;
comment on view pcmirror.write_jobs is 'jobs that are to be, are being and were written back to the API; queued by pcmirror.enqueue_job';
comment on column pcmirror.write_jobs.job_id is 'in the order in which they were queued';
comment on column pcmirror.write_jobs.operation is 'one of pcmirror.operations';
comment on column pcmirror.write_jobs.customer_id is 'whose; NULL: the partner''s own';
comment on column pcmirror.write_jobs.idempotency_key is 'queueing it again with this key and the same payload gives back this job';
comment on column pcmirror.write_jobs.priority is 'higher ones come first, of one customer and among all';
comment on column pcmirror.write_jobs.attempts is 'requests that were about to leave';
comment on column pcmirror.write_jobs.request_id is 'MS-RequestId of the last attempt, as the API''s support asks for it';
comment on column pcmirror.write_jobs.last_error is 'why it failed or was put off; of a job that succeeded, what was wrong all the same';
comment on column pcmirror.write_jobs.http_status is 'of the last answer';
comment on column pcmirror.write_jobs.created_by is 'the database role that queued it';
comment on column pcmirror.write_jobs.started_at is 'when it was claimed first';
comment on column pcmirror.write_jobs.answered_at is 'when the API''s final answer was there; what is left then is the mirror';
comment on column pcmirror.write_jobs.cancel_asked_at is 'when somebody asked to cancel it while it was running';
comment on column pcmirror.write_jobs.payload is 'as it was queued; what is secret in it is shown as ***';
comment on column pcmirror.write_jobs.state is 'queued, running, succeeded, failed or cancelled; failed is final, last_error says why';
comment on column pcmirror.write_jobs.run_after is 'not before; after a failure that passes: when it is tried again';
comment on column pcmirror.write_jobs.response is 'what the API answered, without secrets';
comment on column pcmirror.write_jobs.confirmed is 'of a succeeded job: whether the mirror was seen to show it';
comment on column pcmirror.write_jobs.blocked_by is 'of a job whose time has come: an earlier one of the same customer that was attempted and has not ended';
comment on column pcmirror.write_jobs.held_at is 'held since the database was restored from a backup, until pcmirror job release';
comment on column pcmirror.write_jobs.secret_waits is 'whether the answer had a secret that nobody has fetched yet, by pcmirror job secret; it is wiped after a day';

create view pcmirror.job_stats as
select state, operation, count(*) as jobs,
    count(*) filter (where state = 'queued' and begun) as retrying,
    count(*) filter (where held_at is not null and finished_at is null) as held,
    min(created_at) as oldest_created_at,
    min(run_after) filter (where state = 'queued') as next_run_after,
    avg(extract(epoch from finished_at - created_at)) filter (where finished_at > now() - interval '1 day')
        as mean_seconds_of_last_day
from pcmirror.jobs
group by state, operation;
comment on view pcmirror.job_stats is 'the queue in figures, by state and operation';

-- Messages name a field as the payload has it.
create function pcmirror.wrong_type(type text, value jsonb, place text) returns text
    language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    kind text := jsonb_typeof(value);
    content text := value #>> '{}';
begin
    case type
        when 'text' then
            if kind <> 'string' then return 'must be a text'; end if;
            if place = 'path' and (content !~ '^[A-Za-z0-9_.:-]{1,200}$' or content ~ '^\.+$') then
                return 'must be an id: letters, digits, and - _ . : only';
            end if;
        when 'guid' then
            if kind <> 'string' or content !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then
                return 'must be a GUID, such as 1a2b3c4d-0000-4000-8000-1234567890ab';
            end if;
        when 'integer' then
            if kind <> 'number' or content !~ '^[0-9]+$' or content::numeric > 2147483647 then
                return 'must be a whole number from 0 to 2147483647';
            end if;
        when 'decimal' then
            if kind <> 'number' then return 'must be a number'; end if;
        when 'boolean' then
            if kind <> 'boolean' then return 'must be true or false'; end if;
        when 'timestamp' then
            if kind <> 'string' or content !~ '^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?$' then
                return 'must be a time, such as 2026-01-31T12:00:00Z';
            end if;
            begin
                perform content::timestamptz;
            exception when others then
                return 'must be a time that exists, such as 2026-01-31T12:00:00Z';
            end;
        when 'object', 'json' then
            if kind <> 'object' then return 'must be an object'; end if;
        when 'list' then
            if kind <> 'array' then return 'must be an array of objects'; end if;
        when 'text_list' then
            if kind <> 'array' or jsonb_path_exists(value, '$[*] ? (@.type() != "string")') then
                return 'must be an array of texts';
            end if;
    end case;
    return null;
end $$;

-- What is wrong with payloads, in words, by their place in the arrays; what is not named may be queued. Many at once,
-- since a batch of jobs is judged by the same words as one.
create function pcmirror.batch_problems(of_operations text[], payloads jsonb[])
    returns table (nth bigint, problems text[])
    language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return query
    with recursive given (nth, operation, payload, expected, named_instead) as (
        select g.nth, g.operation, case when o.takes_expect then g.payload - 'expect' else g.payload end,
            case when o.takes_expect then g.payload -> 'expect' end,
            -- What names the user where its id is left out changes nothing.
            (select i.or_field from pcmirror.operation_fields i
             where i.operation = g.operation and i.or_field is not null and not g.payload ? i.field limit 1)
        from rows from (unnest(of_operations), unnest(payloads)) with ordinality g (operation, payload, nth)
        left join pcmirror.operations o on o.operation = g.operation
        where jsonb_typeof(g.payload) = 'object'
    ), found (nth, operation, field, instance, value) as (
        -- Every value with the name of its field, as far as the operation's fields describe what is inside.
        select g.nth, g.operation, ''::text, ''::text, g.payload from given g
        union all
        select f.nth, f.operation, inside.field, inside.instance, inside.value
        from found f
        left join pcmirror.operation_fields d on d.operation = f.operation and d.field = f.field
        cross join lateral (
            select concat_ws('.', nullif(f.field, ''), named.name) as field,
                concat_ws('.', nullif(f.instance, ''), named.name) as instance, e.value
            from jsonb_each(case when jsonb_typeof(f.value) = 'object'
                                     and (d.type = 'object' or f.field = '' or f.field like '%[]')
                                 then f.value else '{}' end) e
            cross join lateral (select case when e.key ~ '[].[]' then '"' || e.key || '"' else e.key end as name) named
            union all
            select f.field || '[]', f.instance || '[' || (a.at - 1) || ']', a.value
            from jsonb_array_elements(case when jsonb_typeof(f.value) = 'array' and d.type = 'list'
                                           then f.value else '[]' end) with ordinality a (value, at)
        ) inside
    ), problem (nth, stage, position, instance, words) as (
        select g.nth, 1, 0, '', 'the payload must be a JSON object'
        from unnest(payloads) with ordinality g (payload, nth)
        where jsonb_typeof(g.payload) is distinct from 'object'
        union all
        select g.nth, 2, 0, '', 'expect must be an object: fields and the values that they must still have'
        from given g where jsonb_typeof(g.expected) <> 'object'
        union all
        select g.nth, 2, 0, key, format('expect: unknown field "%s"', key)
        from given g
        cross join jsonb_object_keys(case when jsonb_typeof(g.expected) = 'object' then g.expected else '{}' end) key
        where not exists (select from pcmirror.operation_fields d
                          where d.operation = g.operation and d.field = key and d.place = 'body' and not d.secret)
        union all
        select v.nth, 3, d.position, v.instance, wrong.words
        from found v
        left join pcmirror.operation_fields d on d.operation = v.operation and d.field = v.field
        cross join lateral (
            select case
                when d.field is null and v.field not like '%[]' then 'unknown field ' || v.instance
                when d.field is null then
                    case when jsonb_typeof(v.value) <> 'object' then v.instance || ' must be an object' end
                when jsonb_typeof(v.value) = 'null' then
                    case when not d.nullable then v.instance || ' must not be null' end
                when d.secret and v.value = '"***"' then
                    v.instance || ' is "***", which only stands for it where jobs are shown'
                when pcmirror.wrong_type(d.type, v.value, d.place) is not null then
                    v.instance || ' ' || pcmirror.wrong_type(d.type, v.value, d.place)
                when d.type in ('text', 'text_list') and d.need = 'required' and v.value in ('""', '[]') then
                    v.instance || ' must not be empty'
                when d.one_of is not null and not exists (
                    select from unnest(d.one_of) known
                    where replace(lower(known), '_', '') = replace(lower(v.value #>> '{}'), '_', '')) then
                    v.instance || ' must be one of ' || array_to_string(d.one_of, ', ')
            end as words
            union all
            select format(
                '%s is not allowed: write_back.operations of the configuration would have to name %s.%s%s',
                v.instance || case when d.allowed then ' ' || v.value::text else '' end,
                v.operation, v.field,
                case when spends.this_value or (d.spends_money and d.spending_value is null)
                     then ', since it may spend money' else '' end)
            from (select coalesce(replace(lower(d.spending_value #>> '{}'), '_', '')
                                      = replace(lower(v.value #>> '{}'), '_', ''), false)) spends (this_value)
            where d.allowed = false or spends.this_value
        ) wrong
        where v.field <> '' and wrong.words is not null
        union all
        -- A required field has to be wherever the object around it is.
        select v.nth, 4, d.position, v.instance,
            format('%s is missing%s', concat_ws('.', nullif(v.instance, ''), d.name), coalesce(' (or ' || d.or_field || ')', ''))
        from found v
        join pcmirror.operation_fields d on d.operation = v.operation and d.around = v.field
        where d.need = 'required' and jsonb_typeof(v.value) = 'object'
            and not v.value ? d.name and not coalesce(v.value ? d.or_field, false)
        union all
        select g.nth, 5, 0, '', 'at least one of these is wanted: ' || string_agg(d.field, ', ' order by d.position)
        from given g
        join pcmirror.operation_fields d on d.operation = g.operation
        where d.need = 'one_of' and d.field is distinct from g.named_instead
        group by g.nth
        having not bool_or(g.payload ? d.field and g.payload -> d.field not in ('[]', '{}'))
    )
    select p.nth, array_agg(p.words order by p.stage, p.position nulls last, p.instance)
    from problem p group by p.nth;
end $$;

create function pcmirror.payload_problems(of_operation text, payload jsonb) returns text[]
    language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return coalesce(
        (select p.problems from pcmirror.batch_problems(array[of_operation], array[payload]) p), '{}');
end $$;

-- The payload without what is secret in it.
create function pcmirror.masked_payload(of_operation text, payload jsonb) returns jsonb
    language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    secret text;
begin
    for secret in select d.field from pcmirror.operation_fields d where d.operation = of_operation and d.secret loop
        payload := jsonb_set(payload, string_to_array(secret, '.'), '"***"', false);
    end loop;
    return payload;
end $$;

-- Why jobs can't be queued, by their place in the arrays; what is not named can.
create function pcmirror.job_refusals(
    operations text[],
    customer_ids uuid[],
    payloads jsonb[],
    idempotency_keys text[],
    run_afters timestamptz[],
    priorities integer[]
) returns table (nth bigint, problem text, hint text)
    language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    if not exists (select from pcmirror.operations) then
        raise exception 'no operation may be queued yet: no daemon has written its catalogue'
            using errcode = 'object_not_in_prerequisite_state',
                hint = 'Start pcmirror run, or pcmirror migrate, once.';
    end if;
    return query
    with judged as (
        select g.nth, g.operation, g.customer_id, g.idempotency_key, w.problems, another.field,
            -- Where single fields spend money the rest of it is free.
            o.spends_money and not exists (
                select from pcmirror.operation_fields f
                where f.operation = o.operation and f.spends_money) as spends_money,
            case when o.operation is null then 'unknown'
                 when not o.allowed then 'not allowed'
                 when o.per_customer and g.customer_id is null then 'no customer'
                 when not o.per_customer and g.customer_id is not null then 'no customer''s'
                 when g.priority is null then 'no priority'
                 when g.run_after is null or not isfinite(g.run_after) then 'no time'
                 when g.idempotency_key = '' or length(g.idempotency_key) > 500 then 'key'
                 when w.problems is not null then 'payload'
                 when another.field is not null then 'another customer''s'
                 when o.per_customer and not exists (
                     select from partner_center.customers c where c.customer_id = g.customer_id) then 'not mirrored'
            end as flaw
        from rows from (unnest(operations), unnest(customer_ids), unnest(payloads), unnest(idempotency_keys),
                        unnest(run_afters), unnest(priorities))
            with ordinality g (operation, customer_id, payload, idempotency_key, run_after, priority, nth)
        left join pcmirror.operations o on o.operation = g.operation
        left join pcmirror.batch_problems(operations, payloads) w on w.nth = g.nth
        left join lateral (
            select f.field from pcmirror.operation_fields f
            where f.operation = g.operation and f.of_customer
                and lower(g.payload ->> f.field) not like '%' || g.customer_id::text limit 1) another on true
    )
    select j.nth,
        case j.flaw
            when 'unknown' then coalesce('unknown operation "' || j.operation || '"', 'the operation is missing')
            when 'not allowed' then format(
                'operation "%s" is not allowed: write_back.operations of the configuration would have to name it%s',
                j.operation, case when j.spends_money then ', since it may spend money' else '' end)
            when 'no customer' then format('%s: customer_id is missing', j.operation)
            when 'no customer''s' then format('%s: it is not of a customer; leave customer_id out', j.operation)
            when 'no priority' then format('%s: priority must have a value', j.operation)
            when 'no time' then format('%s: run_after must be a time, such as 2026-01-31T12:00:00Z', j.operation)
            when 'key' then format('%s: idempotency_key must have 1 to 500 characters', j.operation)
            when 'payload' then format('%s: %s', j.operation, array_to_string(j.problems, '; '))
            when 'another customer''s' then format('%s: %s must end in the customer''s id', j.operation, j.field)
            when 'not mirrored' then format('%s: customer %s is not mirrored', j.operation, j.customer_id)
        end,
        case j.flaw
            when 'unknown' then format('Known are %s.', (select string_agg(o.operation, ', ' order by o.operation)
                                                         from pcmirror.operations o))
            when 'payload' then format('Fields of its payload are %s.', coalesce(
                (select string_agg(f.field, ', ' order by f.position)
                 from pcmirror.operation_fields f where f.operation = j.operation), 'none'))
            when 'not mirrored' then
                'pcmirror customers finds a customer; pcmirror sync customers mirrors new ones.'
        end
    from judged j where j.flaw is not null order by j.nth;
end $$;

create function pcmirror.enqueue_jobs(
    operations text[],
    customer_ids uuid[],
    payloads jsonb[],
    idempotency_keys text[],
    run_afters timestamptz[],
    priorities integer[]
) returns table (nth bigint, job_id bigint, is_new boolean, problem text, errcode text, hint text)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    ids bigint[];
    masked jsonb[];
begin
    -- Locked, so that none can leave the mirror before its job is there.
    perform from partner_center.customers c where c.customer_id = any (customer_ids)
    order by c.customer_id for key share;
    return query
    select r.nth, null::bigint, false, r.problem, 'invalid_parameter_value', r.hint
    from pcmirror.job_refusals(operations, customer_ids, payloads, idempotency_keys, run_afters, priorities) r;
    if found then
        return;
    end if;

    masked := array(
        select pcmirror.masked_payload(g.operation, g.payload)
        from rows from (unnest(operations), unnest(payloads)) with ordinality g (operation, payload, nth) order by g.nth);
    ids := array(select nextval('pcmirror.jobs_job_id_seq') from generate_subscripts(operations, 1));
    insert into pcmirror.jobs (job_id, operation, customer_id, payload, idempotency_key, run_after, priority, created_by)
    overriding system value
    select g.job_id, g.operation, g.customer_id, g.payload, g.idempotency_key, g.run_after, g.priority, session_user
    from rows from (unnest(ids), unnest(operations), unnest(customer_ids), unnest(masked), unnest(idempotency_keys),
                    unnest(run_afters), unnest(priorities))
        with ordinality g (job_id, operation, customer_id, payload, idempotency_key, run_after, priority, nth)
    order by g.nth
    on conflict on constraint jobs_idempotency_key_key do nothing;
    if found then
        perform pg_notify('pcmirror_jobs', '');
    end if;
    insert into pcmirror.job_secrets (job_id, field, value)
    select g.job_id, s.field, g.payload #>> string_to_array(s.field, '.')
    from rows from (unnest(ids), unnest(operations), unnest(payloads)) g (job_id, operation, payload)
    join pcmirror.operation_fields s on s.operation = g.operation and s.secret
    where g.payload #> string_to_array(s.field, '.') is not null
        and exists (select from pcmirror.jobs j where j.job_id = g.job_id);

    -- A key that was there already names the first job, if that is the same.
    return query
    with keyed as (
        select g.nth, g.operation, g.idempotency_key, g.job_id as own_id, j.job_id, j.created_at,
            j.operation <> g.operation or j.customer_id is distinct from g.customer_id or j.payload <> g.masked
                or exists (select from pcmirror.operation_fields s
                           join pcmirror.job_secrets k on k.job_id = j.job_id and k.field = s.field and not k.of_answer
                           where s.operation = g.operation and s.secret
                               and k.value <> g.payload #>> string_to_array(s.field, '.')) as differs
        from rows from (unnest(ids), unnest(operations), unnest(customer_ids), unnest(masked), unnest(payloads),
                        unnest(idempotency_keys))
            with ordinality g (job_id, operation, customer_id, masked, payload, idempotency_key, nth)
        left join lateral (
            select * from pcmirror.jobs own where own.job_id = g.job_id
            union all
            select * from pcmirror.jobs earlier where earlier.idempotency_key = g.idempotency_key
            limit 1) j on true
    )
    select k.nth, k.job_id, coalesce(k.job_id = k.own_id, false),
        case when k.job_id is null then
                 format('%s: idempotency_key "%s" was used by a job that is just being removed; try again',
                     k.operation, k.idempotency_key)
             when k.differs and k.created_at = now() then
                 format('%s: idempotency_key "%s" was given to another job just before: their operation, customer or payload differ',
                     k.operation, k.idempotency_key)
             when k.differs then
                 format('%s: idempotency_key "%s" belongs to job %s, which is another one: its operation, customer or payload differ',
                     k.operation, k.idempotency_key, k.job_id)
        end,
        case when k.job_id is null then 'serialization_failure' when k.differs then 'unique_violation' end, null::text
    from keyed k order by k.nth;
end $$;
comment on function pcmirror.enqueue_jobs is 'queues jobs in this order; where one has a problem, roll back: the others may have been queued';

create function pcmirror.enqueue_job(
    operation text,
    customer_id uuid default null,
    payload jsonb default '{}',
    idempotency_key text default null,
    run_after timestamptz default now(),
    priority integer default 0
) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    job record;
begin
    select * into strict job from pcmirror.enqueue_jobs(
        array[operation], array[customer_id], array[payload], array[idempotency_key], array[run_after], array[priority]);
    if job.problem is null then
        return job.job_id;
    elsif job.hint is null then
        raise exception '%', job.problem using errcode = job.errcode;
    else
        raise exception '%', job.problem using errcode = job.errcode, hint = job.hint;
    end if;
end $$;
comment on function pcmirror.enqueue_job is 'queues a job and returns its number; the same idempotency_key returns the first job''s';
revoke execute on function pcmirror.enqueue_job(text, uuid, jsonb, text, timestamptz, integer),
    pcmirror.enqueue_jobs(text[], uuid[], jsonb[], text[], timestamptz[], integer[]),
    pcmirror.job_refusals(text[], uuid[], jsonb[], text[], timestamptz[], integer[]),
    pcmirror.payload_problems(text, jsonb), pcmirror.batch_problems(text[], jsonb[]),
    pcmirror.wrong_type(text, jsonb, text), pcmirror.masked_payload(text, jsonb) from public;

-- Looking after the queue. Each says what it can not do, and why.

create function pcmirror.job_of(job_id bigint) returns pcmirror.jobs
    language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    job pcmirror.jobs;
begin
    select * into job from pcmirror.jobs j where j.job_id = job_of.job_id for update;
    if job is null then
        raise exception 'there is no job %', job_id
            using errcode = 'no_data_found', hint = 'pcmirror job list shows them; finished ones are pruned after write_back.keep.';
    end if;
    return job;
end $$;

create function pcmirror.cancel_job(job_id bigint) returns text
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    job pcmirror.jobs := pcmirror.job_of(job_id);
begin
    if job.finished_at is not null then
        raise exception 'job % has ended: %', job.job_id, job.state using errcode = 'object_not_in_prerequisite_state';
    elsif job.answered_at is not null then
        raise exception 'job %: its request took effect; only the mirror is still to show it', job.job_id
            using errcode = 'object_not_in_prerequisite_state';
    elsif job.state = 'running' and job.sent_at is not null then
        raise exception 'job %: its request has left; wait until it ends', job.job_id
            using errcode = 'object_not_in_prerequisite_state';
    elsif job.state = 'running' then
        update pcmirror.jobs j set cancel_asked_at = now() where j.job_id = job.job_id and j.cancel_asked_at is null;
        return 'cancelling';
    end if;
    update pcmirror.jobs j
    set state = 'cancelled', finished_at = now(),
        last_error = case when j.sent_at is not null
                          then 'cancelled by ' || session_user || '; its request of '
                              || to_char(j.sent_at at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS')
                              || ' UTC got no answer, and may have taken effect'
                          else 'cancelled by ' || session_user end
    where j.job_id = job.job_id;
    delete from pcmirror.job_secrets s where s.job_id = job.job_id and not s.of_answer;
    perform pg_notify('pcmirror_jobs', '');
    return 'cancelled';
end $$;

create function pcmirror.retry_job(job_id bigint) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    job pcmirror.jobs := pcmirror.job_of(job_id);
begin
    if job.state = 'queued' then
        update pcmirror.jobs j set run_after = now() where j.job_id = job.job_id and j.run_after > now();
    elsif job.state not in ('failed', 'cancelled') then
        raise exception 'job % is %; only what is queued, failed or cancelled can be tried again', job.job_id, job.state
            using errcode = 'object_not_in_prerequisite_state';
    elsif exists (select from pcmirror.operation_fields f
                  where f.operation = job.operation and f.secret and job.payload #> string_to_array(f.field, '.') is not null) then
        raise exception 'job % can not be tried again: its secrets were wiped when it ended', job.job_id
            using errcode = 'object_not_in_prerequisite_state', hint = 'Queue it anew, under another idempotency key.';
    else
        -- What may have taken effect is looked up first: request_id and sent_at stay.
        update pcmirror.jobs j
        set state = 'queued', begun = false, failures = 0, delays = 0, run_after = now(), finished_at = null, retried_at = now(),
            first_seen = null, started_at = null, answered_at = null, http_status = null, response = null, last_error = null,
            cancel_asked_at = null
        where j.job_id = job.job_id;
    end if;
    perform pg_notify('pcmirror_jobs', '');
end $$;

create function pcmirror.pause_jobs(customer_id uuid default null) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into pcmirror.job_pauses (customer_id, paused_by) values (pause_jobs.customer_id, session_user)
    on conflict (customer_id) do nothing
$$;

create function pcmirror.resume_jobs(customer_id uuid default null) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    was_paused boolean;
begin
    delete from pcmirror.job_pauses p where p.customer_id is not distinct from resume_jobs.customer_id;
    was_paused := found;
    if was_paused then
        update pcmirror.jobs j set retried_at = now()
        where j.state = 'queued' and j.begun
            and (resume_jobs.customer_id is null or j.customer_id = resume_jobs.customer_id);
    end if;
    perform pg_notify('pcmirror_jobs', '');
    return was_paused;
end $$;

create function pcmirror.release_jobs(customer_id uuid default null) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    released bigint;
begin
    update pcmirror.jobs j set held_at = null, retried_at = now()
    where j.held_at is not null and j.finished_at is null
        and (release_jobs.customer_id is null or j.customer_id = release_jobs.customer_id);
    get diagnostics released = row_count;
    perform pg_notify('pcmirror_jobs', '');
    return released;
end $$;

-- Hands out what only the answer had, once.
create function pcmirror.job_secret(job_id bigint) returns text
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    job pcmirror.jobs := pcmirror.job_of(job_id);
    secret text;
begin
    delete from pcmirror.job_secrets s where s.job_id = job.job_id and s.of_answer returning s.value into secret;
    if secret is null then
        raise exception 'job % has no secret to hand out: there was none, it was handed out, or a day has passed', job.job_id
            using errcode = 'no_data_found';
    end if;
    return secret;
end $$;

-- A batch of finished jobs at a time, so that nobody waits for it.
create function pcmirror.prune_jobs(keep interval, at_most integer) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    pruned bigint;
begin
    delete from pcmirror.job_secrets s where s.of_answer and s.created_at < now() - interval '1 day';
    -- No poll that asked before them is still under way by then.
    delete from pcmirror.touched_rows w where w.expires_at < now() - interval '1 day';
    with old as (select j.job_id from pcmirror.jobs j where j.finished_at < now() - keep
                 order by j.finished_at limit at_most for update skip locked)
    delete from pcmirror.jobs j using old where j.job_id = old.job_id;
    get diagnostics pruned = row_count;
    return pruned;
end $$;

create table pcmirror.database_identity (
    only_row boolean primary key default true check (only_row),
    system_identifier bigint not null,
    timeline integer not null,
    jobs_table oid not null,
    since timestamptz not null default now()
);
comment on table pcmirror.database_identity is 'by which the daemons see that the database was restored from a backup or failed over';
comment on column pcmirror.database_identity.jobs_table is 'differs where a dump was loaded into the same server';

-- What jobs did since the backup was taken is not known here: those that have not ended wait until somebody says that
-- they may go on. Returns how many.
create function pcmirror.hold_jobs_after_restore() returns bigint
    language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    here record;
    held bigint := 0;
begin
    select c.system_identifier, 'pcmirror.jobs'::regclass::oid as jobs_table,
        ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer as timeline
    into here from pg_control_system() c;
    if exists (select from pcmirror.database_identity i
               where (i.system_identifier, i.timeline, i.jobs_table)
                   = (here.system_identifier, here.timeline, here.jobs_table)) then
        return 0;
    end if;
    insert into pcmirror.database_identity (system_identifier, timeline, jobs_table)
    values (here.system_identifier, here.timeline, here.jobs_table)
    on conflict (only_row) do nothing;
    if found then
        return 0;
    end if;
    update pcmirror.database_identity i
    set system_identifier = here.system_identifier, timeline = here.timeline, jobs_table = here.jobs_table, since = now()
    where (i.system_identifier, i.timeline, i.jobs_table)
        <> (here.system_identifier, here.timeline, here.jobs_table);
    if found then
        update pcmirror.jobs j set state = 'queued', lease_daemon = null, held_at = now()
        where j.state in ('queued', 'running') and j.held_at is null;
        get diagnostics held = row_count;
    end if;
    return held;
end $$;
revoke execute on function pcmirror.hold_jobs_after_restore() from public;

revoke execute on function pcmirror.job_of(bigint), pcmirror.cancel_job(bigint), pcmirror.retry_job(bigint),
    pcmirror.pause_jobs(uuid), pcmirror.resume_jobs(uuid), pcmirror.release_jobs(uuid), pcmirror.job_secret(bigint),
    pcmirror.prune_jobs(interval, integer) from public;
