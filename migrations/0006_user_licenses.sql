create table partner_center.user_licenses (
    customer_id uuid not null,
    user_id uuid not null,
    sku_id text not null,
    sku_name text,
    sku_part_number text,
    license_group_id text,
    service_plans jsonb,
    extra jsonb,
    first_seen_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (customer_id, user_id, sku_id)
);

create table pcmirror.row_reads (
    customer_id uuid not null,
    resource text not null,
    outer_table text not null,
    whole boolean not null default true,
    read_to text,
    rolled_at timestamptz not null default now(),
    whole_read_at timestamptz,
    applied_at timestamptz,
    agreed jsonb,
    expected jsonb,
    expected_until timestamptz,
    hunted jsonb,
    hunt_class integer,
    hunt_to text,
    lease_token bigint,
    portion integer,
    guard_since timestamptz,
    guard_deleted bigint not null default 0,
    guard_in_order bigint not null default 0,
    guard_deleted_in_order bigint not null default 0,
    primary key (customer_id, resource)
) with (fillfactor = 70);
comment on table pcmirror.row_reads is 'how far each scope got that is read by one request a row';
comment on column pcmirror.row_reads.outer_table is 'the table in partner_center whose rows the requests are made for';
comment on column pcmirror.row_reads.whole is 'a reading of all rows is under way: what follows read_to is owed';
comment on column pcmirror.row_reads.read_to is 'the rolling re-read has come to this row; NULL: to the first';
comment on column pcmirror.row_reads.rolled_at is 'what was due by then was read again';
comment on column pcmirror.row_reads.whole_read_at is 'when a reading of all rows came to its end last';
comment on column pcmirror.row_reads.applied_at is 'when the last portion was applied';
comment on column pcmirror.row_reads.agreed is 'counted upstream less mirrored, after all rows were read: differences that last, and are normal';
comment on column pcmirror.row_reads.expected is 'differences that our own findings made, until the counters follow';
comment on column pcmirror.row_reads.hunted is 'the counters whose difference is being searched';
comment on column pcmirror.row_reads.hunt_to is 'of a search for the rows behind a difference: the last one asked, within hunt_class';
comment on column pcmirror.row_reads.guard_since is 'when the delete guard began to count; it begins anew after a day, or once deletes are allowed';
comment on column pcmirror.row_reads.guard_deleted is 'rows of the scope that were deleted since';
comment on column pcmirror.row_reads.guard_in_order is 'rows that were read since in their turn; guard_deleted_in_order: of those, deleted';
comment on column pcmirror.row_reads.portion is 'the last portion written under lease_token';

create table pcmirror.owed_reads (
    owed_id bigint generated always as identity primary key,
    resource text not null,
    customer_id uuid not null,
    row_id text not null,
    again boolean not null default false,
    held text[],
    owed_at timestamptz not null default now(),
    unique (customer_id, resource, row_id, again)
);
comment on table pcmirror.owed_reads is 'rows to be asked for in the next pass: new, returned or gone, named by somebody, or not readable the last time; and those whose deletes the guard holds';
comment on column pcmirror.owed_reads.owed_id is 'moves on whenever the row is owed anew, so that a reading that began before does not settle it';
comment on column pcmirror.owed_reads.again is 'it was asked, and could not be read: its turn is after the others';
comment on column pcmirror.owed_reads.held is 'what the mirror still has of the row although its answer lacks it, by what counts it: asked again when deletes are allowed, or in its turn';
